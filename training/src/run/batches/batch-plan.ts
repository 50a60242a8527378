import { type Dataset, parseAugmentation } from '@latentkit/data';
import type { Trainable } from '../../families/family.ts';
import type { ResolvedConfig } from '../../settings/config.ts';
import type { BatchPlan } from './batch-maker.ts';

/** What the batches of a run are made by. */
export function batchPlan(
  { batchSize, seed, augment, binarise }: ResolvedConfig,
  { itemShape, valueRange }: Pick<Dataset, 'itemShape' | 'valueRange'>,
  { labels, noiseSize }: Pick<Trainable, 'labels' | 'noiseSize'>,
): BatchPlan {
  return {
    batchSize,
    seed,
    augment:
      augment === undefined
        ? undefined
        : { how: parseAugmentation(augment), form: { itemShape, valueRange } },
    binarise: binarise === 'dynamic',
    classes: labels,
    noiseSize,
  };
}
