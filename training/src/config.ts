import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { BACKEND_NAMES, type BackendName } from './backends/backend-names.ts';
import { checkAbove, checkAtLeast, checkOneOf, checkPositiveInteger, checkSeed } from './checks.ts';
import { BINARISATIONS, type Binarisation } from './data/binarise.ts';
import { checkDatasetConfig, type DatasetConfig, type DatasetName } from './data/load-dataset.ts';
import { ENGINE_NAMES, type EngineName } from './engines/engine-names.ts';
import {
  type FamilyConfig,
  type ResolvedFamilyConfig,
  resolveFamilyConfig,
} from './families/family-config.ts';
import {
  type OptimizerConfig,
  type ResolvedOptimizerConfig,
  resolveOptimizerConfig,
} from './optimizers/optimizer-config.ts';
import {
  BETA_SCHEDULES,
  type BetaSchedule,
  RATE_SCHEDULES,
  type RateSchedule,
} from './optimizers/schedule.ts';

interface RunConfig {
  /** Folder for the checkpoint and the log; made if it is absent. */
  readonly runDir: string;
  /** `'auto'` by default: the fastest, unless a backend is named. */
  readonly engine?: EngineName | 'auto' | undefined;
  /** Of the tfjs engine; `'auto'` by default. */
  readonly backend?: BackendName | 'auto' | undefined;
  /** Whether grey values are drawn to 0 or 1, and when; `'none'` by default. */
  readonly binarise?: Binarisation | undefined;
  /** How β comes to its value; `'constant'` by default. */
  readonly betaSchedule?: BetaSchedule | undefined;
  /** Epochs over which β (with `'warm-up'`) and the capacity rise from 0; a tenth of the run by default. */
  readonly warmUpEpochs?: number | undefined;
  /** Step size of the optimiser, > 0; 1e-3 by default. */
  readonly learningRate?: number | undefined;
  /** How the learning rate goes down; `'constant'` by default. */
  readonly rateSchedule?: RateSchedule | undefined;
  /** Items a step; 128 by default. */
  readonly batchSize?: number | undefined;
  /** Passes over the training data; 10 by default. */
  readonly epochs?: number | undefined;
  /** Seed of the weights, the order of the items and the noise; 1 by default. */
  readonly seed?: number | undefined;
}

/** What defines a run. With `engine` and `backend`, these settings determine every loss to the last bit. */
export interface TrainConfig extends RunConfig, FamilyConfig, OptimizerConfig {
  /** The data, or the name alone; `'strokes'` by default. */
  readonly data?: DatasetName | DatasetConfig | undefined;
}

/** A configuration with every setting filled in. */
export type ResolvedConfig = {
  readonly [K in keyof RunConfig]-?: Exclude<RunConfig[K], undefined>;
} & ResolvedFamilyConfig &
  ResolvedOptimizerConfig & { readonly data: DatasetConfig };

/**
 * Fills in the defaults and checks every setting.
 *
 * @throws ArgumentError for the first setting outside its domain
 */
export function resolveConfig(config: TrainConfig): ResolvedConfig {
  const {
    runDir,
    data = 'strokes',
    engine = 'auto',
    backend = 'auto',
    binarise = 'none',
    betaSchedule = 'constant',
    learningRate = 1e-3,
    rateSchedule = 'constant',
    batchSize = 128,
    epochs = 10,
    warmUpEpochs = epochs / 10,
    seed = 1,
  } = config;
  if (typeof runDir !== 'string' || runDir === '') {
    throw new ArgumentError('run folder', 'the path of a folder', runDir);
  }
  const dataset = typeof data === 'object' ? data : { name: data };
  checkDatasetConfig(dataset);
  checkOneOf('engine', ['auto', ...ENGINE_NAMES], engine);
  checkOneOf('backend', ['auto', ...BACKEND_NAMES], backend);
  if (engine === 'onnx' && backend !== 'auto') {
    throw new ArgumentError('backend', "'auto' (the onnx engine does not use one)", backend);
  }
  const family = resolveFamilyConfig(config);
  checkOneOf('binarisation', BINARISATIONS, binarise);
  checkOneOf('beta schedule', BETA_SCHEDULES, betaSchedule);
  checkOneOf('learning rate schedule', RATE_SCHEDULES, rateSchedule);
  const optimizer = resolveOptimizerConfig(config);
  checkAbove('learning rate', learningRate, 0);
  checkPositiveInteger('batch size', batchSize, 65_536);
  checkPositiveInteger('epochs', epochs, 1_000_000);
  checkAtLeast('warm-up epochs', warmUpEpochs, 0);
  checkSeed('seed', seed);
  return {
    runDir: resolve(runDir),
    // Absolute, so that a run may be resumed from another working folder.
    data:
      dataset.dataDir === undefined ? dataset : { ...dataset, dataDir: resolve(dataset.dataDir) },
    engine,
    backend,
    ...family,
    ...optimizer,
    binarise,
    betaSchedule,
    warmUpEpochs,
    learningRate,
    rateSchedule,
    batchSize,
    epochs,
    seed,
  };
}
