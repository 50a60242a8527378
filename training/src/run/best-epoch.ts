import { ArgumentError } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import type { ResolvedConfig } from '../settings/config.ts';
import type { Progress } from './folder/checkpoint.ts';

/** With fewer validation items than these, chance decides which epoch looks best. */
const LEAST_ITEMS = 16;

/** The items that tell the best epoch, where there are enough of them and it is asked for. */
export function judgingItems(
  { validation }: Pick<Dataset, 'validation'>,
  { patience }: Pick<ResolvedConfig, 'patience'>,
): Dataset['validation'] {
  return patience !== undefined && validation && validation.count >= LEAST_ITEMS
    ? validation
    : undefined;
}

/** @throws ArgumentError for a patience that was asked for, where nothing can say that an epoch is no better */
export function checkPatience(
  dataset: Pick<Dataset, 'validation'>,
  patience: number | undefined,
): void {
  if (patience === undefined || judgingItems(dataset, { patience })) return;
  const count = dataset.validation?.count;
  throw new ArgumentError(
    'patience',
    `none with ${count ?? 'no'} validation item${count === 1 ? '' : 's'} (it takes ${LEAST_ITEMS}: ` +
      'with fewer, chance decides which epoch looks best. Keep more of them back, with a larger validation share, or ' +
      'leave it out: all epochs are trained then)',
    patience,
  );
}

/** Epochs that a run is to have in all: what its configuration says, or what fits into its time. */
export function plannedEpochs(
  { budget }: Pick<Progress, 'budget'>,
  { epochs }: Pick<ResolvedConfig, 'epochs'>,
): number {
  return budget?.epochs ?? epochs;
}

/**
 * Whether training is over: all epochs are behind, the time is up, or no epoch was better for as many as the
 * patience says.
 */
export function isOver(
  { epochsDone, best, budget }: Pick<Progress, 'epochsDone' | 'best' | 'budget'>,
  { epochs, patience }: Pick<ResolvedConfig, 'epochs' | 'patience'>,
): boolean {
  if (epochsDone >= plannedEpochs({ budget }, { epochs })) return true;
  if (budget && budget.spent >= budget.seconds) return true;
  return patience !== undefined && best !== undefined && epochsDone - best.epoch >= patience;
}
