import { throwIfAborted } from '@latentkit/core';
import { type DatasetConfig, resolveDataset } from '../settings/config.ts';
import { type Dataset, takeItems } from './dataset.ts';
import type { LoadProgress } from './load-progress.ts';
import { loadMnist } from './mnist.ts';
import { makeStrokes } from './strokes.ts';

export interface LoadDatasetOptions extends DatasetConfig {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Loads or generates a data set.
 *
 * @throws ArgumentError for an unknown name or a setting that the data set has no use for; LatentkitError `not-found`, `network`, `invalid-data`
 *   or `aborted`
 */
export async function loadDataset(options: LoadDatasetOptions): Promise<Dataset> {
  const { name, dataDir, seed, trainCount, testCount } = resolveDataset(options);
  const { signal, onProgress } = options;
  throwIfAborted(signal, 'Loading the data set');
  if (name === 'strokes') return makeStrokes(trainCount ?? 10_000, testCount ?? 2_000, seed);
  const mnist = await loadMnist({ dataDir, signal, onProgress });
  return {
    ...mnist,
    train: takeItems(mnist.train, trainCount),
    test: takeItems(mnist.test, testCount),
  };
}
