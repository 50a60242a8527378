import { ArgumentError } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import type { Engine } from '../engines/engine.ts';
import type { FamilyModel } from '../families/family.ts';
import type { ResolvedConfig } from '../settings/config.ts';
import { durationInWords, parseDuration } from '../settings/duration.ts';
import { fitEpochs } from './budget/fit-epochs.ts';
import type { Clock } from './budget/stopwatch.ts';
import type { Progress } from './folder/checkpoint.ts';
import { measureEpoch } from './measure-epoch.ts';

export interface FittedBudget {
  readonly budget: NonNullable<Progress['budget']>;
  /** What an epoch takes, and what is left of the budget, in seconds. */
  readonly time: { readonly epochSeconds: number; readonly secondsLeft: number };
}

/**
 * Measures what an epoch takes here, and fits so many of them to the time budget of a run; the run itself is as it
 * was.
 *
 * @throws ArgumentError where the budget is too short for one epoch; AbortedError
 */
export async function fitToBudget(
  {
    spent,
    ...parts
  }: { engine: Engine; model: FamilyModel; dataset: Dataset; spent: () => number },
  config: ResolvedConfig & { readonly timeBudget: string },
  { clock, signal }: { clock: Clock; signal: AbortSignal | undefined },
): Promise<FittedBudget> {
  const seconds = parseDuration(config.timeBudget);
  const epochSeconds = await measureEpoch(parts, config, { seconds, clock, signal });
  const time = { epochSeconds, secondsLeft: seconds - spent() };
  const epochs = fitEpochs(time);
  if (epochs === 0) {
    throw new ArgumentError(
      'time budget',
      `more than the ${durationInWords(epochSeconds)} that one epoch takes here, besides the ` +
        `${durationInWords(spent())} of getting ready (or fewer items, or a smaller model)`,
      config.timeBudget,
    );
  }
  return { budget: { seconds, spent: spent(), epochs }, time };
}
