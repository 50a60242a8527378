import { setImmediate as nextTick } from 'node:timers/promises';
import { LatentkitError } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import { averagedState } from '../engines/averaged-state.ts';
import type { Engine, EngineState, Terms } from '../engines/engine.ts';
import type { FamilyModel } from '../families/family.ts';
import { betaShare, capacityShare, rateShare } from '../optimizers/schedule.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import type { TensorboardLog } from '../tensorboard/tensorboard-log.ts';
import { batchPlan } from './batches/batch-plan.ts';
import { type BatchSource, openBatchSource } from './batches/batch-source.ts';
import { stepsPerEpoch } from './batches/batches.ts';
import { isOver, judgingItems, plannedEpochs } from './best-epoch.ts';
import { refitEpochs } from './budget/fit-epochs.ts';
import { paceTo, placeInSchedules } from './budget/pace.ts';
import type { TrainEvent } from './events.ts';
import { type Checkpoint, type Progress, saveCheckpoint } from './folder/checkpoint.ts';
import type { RunLog } from './folder/run-log.ts';
import { REPORT_EVERY, takeStep } from './take-step.ts';
import { addTerms, meanTerms, NO_TERMS } from './terms.ts';
import { testTerms } from './test-terms.ts';
import { tendState } from './upkeep.ts';

export interface Loop {
  readonly run: Omit<Checkpoint, 'progress' | 'state' | 'best'>;
  readonly dataset: Dataset;
  readonly model: FamilyModel;
  readonly engine: Engine;
  readonly log: RunLog;
  /** Likewise for TensorBoard, where it is asked for. */
  readonly board?: TensorboardLog | undefined;
  readonly emit: (event: TrainEvent) => void;
  readonly signal: AbortSignal | undefined;
  /** Seconds that the run has taken so far. */
  readonly spent: () => number;
  /** Weights and buffers of the best epoch so far, where one is kept. */
  best?: EngineState | undefined;
}

/**
 * Trains from `start` to the last epoch, or until the signal fires or the time is up; a checkpoint is written after
 * each epoch and at the end.
 *
 * @throws LatentkitError `diverged` at the first loss that is computed and not finite
 */
export async function trainingLoop(loop: Loop, start: Progress): Promise<Progress> {
  const { config } = loop.run;
  const batches = openBatchSource({
    split: loop.dataset.train,
    plan: batchPlan(config, loop.dataset, loop.model),
    from: start.step + 1,
    // A budget may have room for more epochs than were planned.
    to: start.budget
      ? Number.POSITIVE_INFINITY
      : stepsPerEpoch(loop.dataset.train, config.batchSize) * config.epochs,
  });
  try {
    return await steps(loop, start, batches);
  } finally {
    await batches.close();
  }
}

async function steps(loop: Loop, start: Progress, batches: BatchSource): Promise<Progress> {
  const { config } = loop.run;
  const perEpoch = stepsPerEpoch(loop.dataset.train, config.batchSize);
  const totalSteps = () => perEpoch * plannedEpochs(progress, config);
  const schedules = {
    ...config,
    totalSteps: perEpoch * config.epochs,
    warmUpSteps: config.warmUpEpochs * perEpoch,
    rateWarmUpSteps: config.rateWarmUp * perEpoch,
  };
  let progress = start;
  const began = performance.now();
  const secondsLeft = (step: number) => {
    const each = (performance.now() - began) / 1000 / Math.max(1, step - start.step);
    return each * (totalSteps() - step);
  };

  while (!isOver(progress, config)) {
    const epoch = progress.epochsDone + 1;
    const epochBegan = performance.now();
    // What is resumed amid an epoch does not know what all of it takes.
    const spentBefore = progress.stepInEpoch === 0 ? loop.spent() : undefined;
    let items = 0;
    const imagesPerSecond = () => items / ((performance.now() - epochBegan) / 1000);

    // Between epochs rather than after them: the last word of a run is its training's.
    if (progress.stepInEpoch === 0) {
      const adopted = epoch === 1 && loop.run.from !== undefined ? 'adopted' : undefined;
      await tendState(loop.model, loop.engine, loop.dataset, config.seed, epoch - 1, adopted);
    }
    while (progress.stepInEpoch < perEpoch) {
      // Only a turn of the event loop lets timers and Ctrl-C through: a step may be synchronous.
      await nextTick();
      if (loop.signal?.aborted || isTimeUp(progress, loop)) return checkpoint(loop, progress);
      const step = progress.step + 1;
      const place = placeInSchedules(step, progress.budget?.pace);
      const batch = await batches.next();
      const rate = config.learningRate * rateShare(place, schedules);
      const beta = config.beta * betaShare(place, schedules);
      const inputs = {
        ...batch,
        learningRate: rate,
        beta,
        capacity: (config.capacity ?? 0) * capacityShare(place, schedules),
        step,
      };
      const batchItems = batch.items.length / loop.model.itemSize;
      items += batchItems;
      progress = { ...progress, step, stepInEpoch: progress.stepInEpoch + 1 };
      const { stepInEpoch } = progress;
      const terms = await takeStep(loop.engine, inputs, { stepInEpoch, stepsPerEpoch: perEpoch });
      if (terms) {
        checkFinite(terms, `at step ${step} (epoch ${epoch})`, config);
        progress = { ...progress, sums: addTerms(progress.sums, terms, batchItems) };
      }
      loop.emit({
        type: 'step',
        epoch,
        step,
        stepInEpoch,
        stepsPerEpoch: perEpoch,
        totalSteps: totalSteps(),
        batch: terms,
        mean: meanTerms(progress.sums),
        imagesPerSecond: imagesPerSecond(),
        secondsLeft: secondsLeft(step),
      });
      if (terms && step % REPORT_EVERY === 0) {
        await loop.log.append({ type: 'step', epoch, step, ...terms });
        await loop.board?.step(step, terms, { rate, beta });
      }
    }

    const speed = imagesPerSecond();
    const { test, validation, weights } = await judge(loop);
    checkFinite(test, `on the test items after epoch ${epoch}`, config);
    const train = meanTerms(progress.sums);
    const record = {
      epoch,
      step: progress.step,
      train,
      ...(validation ? { validation } : {}),
      test,
    };
    if (validation && !(validation.loss >= (progress.best?.loss ?? Number.POSITIVE_INFINITY))) {
      checkFinite(validation, `on the validation items after epoch ${epoch}`, config);
      progress = { ...progress, best: { epoch, loss: validation.loss } };
      loop.best = weights;
    }
    const seconds = (performance.now() - epochBegan) / 1000;
    await loop.log.append({ type: 'epoch', ...record, seconds, imagesPerSecond: speed });
    await loop.board?.epoch(record.step, record, speed);
    progress = {
      ...progress,
      epochsDone: epoch,
      stepInEpoch: 0,
      sums: NO_TERMS,
      history: [...progress.history, record],
    };
    progress = await checkpoint(loop, await refitted(loop, progress, spentBefore));
    loop.emit({
      type: 'epoch',
      record,
      epochs: plannedEpochs(progress, config),
      seconds,
      imagesPerSecond: speed,
      secondsLeft: secondsLeft(progress.step),
    });
  }
  return progress;
}

/**
 * The terms on the items that were kept back, with the averages of the weights where they are kept; and,
 * where the best epoch is looked for, the weights and buffers that they are of.
 */
async function judge({ run, engine, dataset, model }: Loop): Promise<{
  readonly test: Terms;
  readonly validation?: Terms | undefined;
  readonly weights?: EngineState | undefined;
}> {
  const { config } = run;
  const judging = judgingItems(dataset, config);
  if (config.weightAverage === 0 && !judging) {
    return { test: await testTerms(engine, dataset.test, model) };
  }
  const state = await engine.readState();
  const averaged = averagedState(state);
  if (config.weightAverage > 0) engine.writeState(averaged);
  const test = await testTerms(engine, dataset.test, model);
  const validation = judging && (await testTerms(engine, judging, model));
  if (config.weightAverage > 0) engine.writeState(state);
  const kept = [...model.weights, ...model.buffers].map(({ name }) => name);
  const weights = new Map([...averaged].filter(([name]) => kept.includes(name)));
  return { test, validation, weights };
}

function isTimeUp({ budget }: Progress, { spent }: Loop): boolean {
  return budget !== undefined && spent() >= budget.seconds;
}

/**
 * The progress with another number of epochs, and the schedules at another pace, where an epoch took so long, or
 * so little, that those planned do not fill the time any more.
 */
async function refitted(
  loop: Loop,
  progress: Progress,
  spentBefore: number | undefined,
): Promise<Progress> {
  const { budget, epochsDone, step } = progress;
  if (!budget || spentBefore === undefined) return progress;
  const spent = loop.spent();
  const time = { epochSeconds: spent - spentBefore, secondsLeft: budget.seconds - spent };
  const epochs = refitEpochs({ epochsDone, planned: budget.epochs, ...time });
  if (epochs === budget.epochs) return progress;
  const { config } = loop.run;
  const perEpoch = stepsPerEpoch(loop.dataset.train, config.batchSize);
  const lengths = { step, total: perEpoch * epochs, scheduled: perEpoch * config.epochs };
  const pace = epochs > epochsDone ? paceTo(lengths, budget.pace) : budget.pace;
  loop.emit({ type: 'fit', epochs, ...time });
  await loop.log.append({ type: 'fit', epochs, ...time, pace });
  return { ...progress, budget: { ...budget, epochs, pace } };
}

/** Saves the state as it is; returns the progress with the length of the log that belongs to it, and the time that it took. */
export async function checkpoint(loop: Loop, progress: Progress): Promise<Progress> {
  const budget = progress.budget && { ...progress.budget, spent: loop.spent() };
  const current = { ...progress, ...(budget ? { budget } : {}), logBytes: loop.log.bytes };
  const state = await loop.engine.readState();
  const path = await saveCheckpoint({ ...loop.run, progress: current, state, best: loop.best });
  loop.emit({ type: 'checkpoint', path, epoch: current.epochsDone, step: current.step });
  return current;
}

function checkFinite(
  terms: Terms,
  where: string,
  { runDir, likelihood, sigma }: ResolvedConfig,
): void {
  if (Object.values(terms).every(Number.isFinite)) return;
  const { loss, reconstruction, kl } = terms;
  const spread = !likelihood.endsWith('bernoulli') && sigma !== 'learned';
  const narrow = spread ? ', a larger σ' : '';
  throw new LatentkitError(
    'diverged',
    `Training diverged ${where}: loss ${loss}, reconstruction ${reconstruction}, KL ${kl}. The last ` +
      `good checkpoint was kept in ${runDir}. Train again with a lower learning rate (a tenth, say)` +
      `${narrow} or a lower β, and see that the pixels lie in the range that the data set states.`,
  );
}
