import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { checkPositiveInteger, checkSeed } from './checks.ts';
import { checkDatasetConfig, type DatasetConfig, type DatasetName } from './data/load-dataset.ts';

export const BACKEND_NAMES = ['tfjs-node', 'wasm', 'cpu'] as const;
/** Where the tensors are computed: libtensorflow, WebAssembly, or plain JavaScript. */
export type BackendName = (typeof BACKEND_NAMES)[number];

export const LIKELIHOOD_NAMES = ['bernoulli', 'gaussian'] as const;
export type LikelihoodName = (typeof LIKELIHOOD_NAMES)[number];

/** What defines a run. With `backend`, these settings determine every loss to the last bit. */
export interface TrainConfig {
  /** Folder for the checkpoint and the log; made if it is absent. */
  readonly runDir: string;
  /** The data, or the name alone; `'strokes'` by default. */
  readonly data?: DatasetName | DatasetConfig | undefined;
  /** `'auto'` (default) takes the fastest that is there. */
  readonly backend?: BackendName | 'auto' | undefined;
  /** Size of the latent; 20 by default. */
  readonly latentSize?: number | undefined;
  /** Units of each hidden layer of the encoder; the decoder mirrors it. [400] by default. */
  readonly hiddenSizes?: readonly number[] | undefined;
  /** `'bernoulli'`: cross-entropy from logits; `'gaussian'`: squared error with σ = 1. */
  readonly likelihood?: LikelihoodName | undefined;
  /** Weight of the KL term, ≥ 0; 1 by default. */
  readonly beta?: number | undefined;
  /** Step size of Adam, > 0; 1e-3 by default. */
  readonly learningRate?: number | undefined;
  /** Items a step; 128 by default. */
  readonly batchSize?: number | undefined;
  /** Passes over the training data; 10 by default. */
  readonly epochs?: number | undefined;
  /** Seed of the weights, the order of the items and the noise; 1 by default. */
  readonly seed?: number | undefined;
}

/** A configuration with every setting filled in. */
export type ResolvedConfig = {
  readonly [K in Exclude<keyof TrainConfig, 'data'>]-?: Exclude<TrainConfig[K], undefined>;
} & { readonly data: DatasetConfig };

/**
 * Fills in the defaults and checks every setting.
 *
 * @throws ArgumentError for the first setting outside its domain
 */
export function resolveConfig(config: TrainConfig): ResolvedConfig {
  const {
    runDir,
    data = 'strokes',
    backend = 'auto',
    latentSize = 20,
    hiddenSizes = [400],
    likelihood = 'bernoulli',
    beta = 1,
    learningRate = 1e-3,
    batchSize = 128,
    epochs = 10,
    seed = 1,
  } = config;
  if (typeof runDir !== 'string' || runDir === '') {
    throw new ArgumentError('run folder', 'the path of a folder', runDir);
  }
  const dataset = typeof data === 'object' ? data : { name: data };
  checkDatasetConfig(dataset);
  checkOneOf('backend', ['auto', ...BACKEND_NAMES], backend);
  checkOneOf('likelihood', LIKELIHOOD_NAMES, likelihood);
  checkPositiveInteger('latent size', latentSize, 65_536);
  if (hiddenSizes.length > 16) {
    throw new ArgumentError('hidden layers', 'at most 16', hiddenSizes.length);
  }
  for (const size of hiddenSizes) checkPositiveInteger('hidden layer size', size, 65_536);
  checkPositiveInteger('batch size', batchSize, 65_536);
  checkPositiveInteger('epochs', epochs, 1_000_000);
  checkSeed('seed', seed);
  if (!Number.isFinite(beta) || beta < 0) {
    throw new ArgumentError('beta', 'a finite number of at least 0', beta);
  }
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new ArgumentError('learning rate', 'a finite number above 0', learningRate);
  }
  return {
    runDir: resolve(runDir),
    // Absolute, so that a run may be resumed from another working folder.
    data:
      dataset.dataDir === undefined ? dataset : { ...dataset, dataDir: resolve(dataset.dataDir) },
    backend,
    latentSize,
    hiddenSizes,
    likelihood,
    beta,
    learningRate,
    batchSize,
    epochs,
    seed,
  };
}

function checkOneOf(name: string, known: readonly string[], value: string): void {
  if (!known.includes(value)) {
    throw new ArgumentError(name, known.map((item) => `'${item}'`).join(', '), value);
  }
}
