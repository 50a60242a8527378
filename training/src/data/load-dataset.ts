import { ArgumentError, throwIfAborted } from '@latentkit/core';
import { checkPositiveInteger, checkSeed } from '../checks.ts';
import { type Dataset, takeItems } from './dataset.ts';
import type { LoadProgress } from './load-progress.ts';
import { loadMnist } from './mnist.ts';
import { makeStrokes } from './strokes.ts';

export const DATASET_NAMES = ['strokes', 'mnist'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** Which data: all that it takes to get the same items again. */
export interface DatasetConfig {
  readonly name: DatasetName;
  /** Folder of the IDX files (mnist only); see also LATENTKIT_MNIST_DIR. */
  readonly dataDir?: string | undefined;
  /** Seed of generated data (strokes only); 1 by default. */
  readonly seed?: number | undefined;
  /** Items for training: strokes draws so many (10,000 by default), mnist takes the first so many. */
  readonly trainCount?: number | undefined;
  /** Items for testing: strokes draws so many (2,000 by default), mnist takes the first so many. */
  readonly testCount?: number | undefined;
}

export interface LoadDatasetOptions extends DatasetConfig {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** @throws ArgumentError for an unknown name, or a seed or count outside its domain */
export function checkDatasetConfig({ name, seed, trainCount, testCount }: DatasetConfig): void {
  if (!DATASET_NAMES.includes(name)) {
    throw new ArgumentError(
      'data set',
      DATASET_NAMES.map((known) => `'${known}'`).join(' or '),
      name,
    );
  }
  if (seed !== undefined) checkSeed('data seed', seed);
  if (trainCount !== undefined) checkPositiveInteger('training items', trainCount, 10_000_000);
  if (testCount !== undefined) checkPositiveInteger('test items', testCount, 10_000_000);
}

/**
 * Loads or generates a data set.
 *
 * @throws ArgumentError for an unknown name, LatentkitError `not-found`, `network`, `invalid-data`
 *   or `aborted`
 */
export async function loadDataset(options: LoadDatasetOptions): Promise<Dataset> {
  checkDatasetConfig(options);
  const { name, dataDir, seed = 1, trainCount, testCount, signal, onProgress } = options;
  throwIfAborted(signal, 'Loading the data set');
  if (name === 'strokes') return makeStrokes(trainCount ?? 10_000, testCount ?? 2_000, seed);
  const mnist = await loadMnist({ dataDir, signal, onProgress });
  return {
    ...mnist,
    train: takeItems(mnist.train, trainCount),
    test: takeItems(mnist.test, testCount),
  };
}
