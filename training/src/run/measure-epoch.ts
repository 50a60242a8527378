import { setImmediate as nextTick } from 'node:timers/promises';
import { throwIfAborted } from '@latentkit/core/runtime';
import { type Dataset, type Split, takeItems } from '@latentkit/data';
import type { Engine } from '../engines/engine.ts';
import type { FamilyModel } from '../families/family.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import { batchPlan } from './batches/batch-plan.ts';
import { openBatchSource } from './batches/batch-source.ts';
import { stepsPerEpoch } from './batches/batches.ts';
import { judgingItems } from './best-epoch.ts';
import type { Clock } from './budget/stopwatch.ts';
import { takeStep } from './take-step.ts';
import { testTerms } from './test-terms.ts';
import { tendState } from './upkeep.ts';

/** Steps before those that are measured: graphs are made for the first, and caches are cold. */
const WARM_UP_STEPS = 3;
const LEAST_STEPS = 5;
/** The share of the budget that measuring steps may take, unless {@link LEAST_STEPS} take more. */
const SHARE = 0.025;
/** Items enough to tell what testing one takes. */
const TEST_ITEMS = 500;

/**
 * What an epoch takes here, in seconds: some steps are taken and tests made, and all that they changed is set back, so
 * that the run is the same afterwards as without them.
 *
 * @param seconds the budget
 * @throws AbortedError
 */
export async function measureEpoch(
  { engine, model, dataset }: { engine: Engine; model: FamilyModel; dataset: Dataset },
  config: ResolvedConfig,
  { seconds, clock, signal }: { seconds: number; clock: Clock; signal: AbortSignal | undefined },
): Promise<number> {
  const before = await engine.readState();
  await tendState(model, engine, dataset, config.seed, 0);
  const since = (began: number) => (clock() - began) / 1000;

  const { train, test } = dataset;
  const perEpoch = stepsPerEpoch(train, config.batchSize);
  const batches = openBatchSource({
    split: train,
    plan: batchPlan(config, dataset, model),
    from: 1,
    to: Number.POSITIVE_INFINITY,
  });
  let steps = -WARM_UP_STEPS;
  let began = clock();
  try {
    while (steps < LEAST_STEPS || since(began) < SHARE * seconds) {
      await nextTick();
      throwIfAborted(signal, 'Training');
      if (steps === 0) began = clock();
      steps += 1;
      const { learningRate, beta, capacity } = config;
      const step = steps + WARM_UP_STEPS;
      const inputs = { ...(await batches.next()), learningRate, beta, capacity, step };
      const stepInEpoch = ((step - 1) % perEpoch) + 1;
      await takeStep(engine, inputs, { stepInEpoch, stepsPerEpoch: perEpoch });
    }
  } finally {
    await batches.close();
  }
  const stepSeconds = since(began) / steps;

  // Twice, since a graph is made for the first.
  const measureTest = async (split: Split) => {
    const some = takeItems(split, Math.min(TEST_ITEMS, split.count));
    await testTerms(engine, some, model);
    const began = clock();
    await testTerms(engine, some, model);
    return (since(began) / some.count) * split.count;
  };
  const judging = judgingItems(dataset, config);
  const testSeconds = (await measureTest(test)) + (judging ? await measureTest(judging) : 0);
  engine.writeState(before);
  return perEpoch * stepSeconds + testSeconds;
}
