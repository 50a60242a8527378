import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentkitError, type Tensor } from '@latentkit/core';
import { decodeSafetensors, encodeSafetensors } from '@latentkit/core/runtime';
import { writeFileWhole } from '@latentkit/system';
import * as v from 'valibot';
import type { EngineState } from '../../engines/engine.ts';
import {
  BACKEND_NAMES,
  type BackendName,
  ENGINE_NAMES,
  type EngineName,
} from '../../settings/choices.ts';
import {
  type DatasetConfig,
  type ResolvedConfig,
  resolveConfig,
  usedSettings,
} from '../../settings/config.ts';
import { checkSeal, seal, UNSEALED } from './seal.ts';

export const CHECKPOINT_FILE = 'checkpoint.safetensors';
/** Files of format 1 held no SHA-256; they are read still. */
const FORMAT = 2;
const UNSEALED_FORMAT = 1;

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const terms = { loss: number, reconstruction: number, kl: number };
const TermsSchema = v.object(terms);

/** How far a run has come. Order and noise follow from the seed and these counts alone. */
const ProgressSchema = v.object({
  /** Whole epochs behind. */
  epochsDone: count,
  /** Steps of the current epoch behind. */
  stepInEpoch: count,
  /** Steps since the start of the run. */
  step: count,
  /** Sums over the current epoch's items so far. */
  sums: v.object({ ...terms, items: count }),
  history: v.array(
    v.object({
      epoch: count,
      step: count,
      train: TermsSchema,
      validation: v.optional(TermsSchema),
      test: TermsSchema,
    }),
  ),
  /** The epoch with the lowest loss on the validation items, where there are such. */
  best: v.optional(v.object({ epoch: count, loss: number })),
  /** What the time budget of a run has come to, where it has one. */
  budget: v.optional(
    v.object({
      /** Seconds that the run may take in all. */
      seconds: number,
      /** Seconds that it took up to here. */
      spent: number,
      /** Epochs that it is to have in all; the schedules are made for those of the configuration. */
      epochs: count,
      /** How the schedules are gone through, where their length was changed on the way. */
      pace: v.optional(v.object({ step: count, place: number, stride: number })),
    }),
  ),
  /** Length of the log that belongs to this state; what follows is of steps that are run again. */
  logBytes: count,
});

export type Progress = Readonly<v.InferOutput<typeof ProgressSchema>>;

/** All of a checkpoint that is not tensors, apart from the settings, which have their own check. */
const RunSchema = v.object({
  config: v.record(v.string(), v.unknown()),
  /** Of a time before there was a second engine where it is not said. */
  engine: v.optional(v.picklist(ENGINE_NAMES), 'tfjs'),
  backend: v.optional(v.picklist(BACKEND_NAMES)),
  dataProvenance: v.string(),
  from: v.optional(v.object({ name: v.string(), sha256: v.string() })),
  progress: ProgressSchema,
});

export interface Checkpoint {
  readonly config: ResolvedConfig;
  /** What ran, where the configuration may say `'auto'`. */
  readonly engine: EngineName;
  /** tfjs's backend, where tfjs ran. */
  readonly backend?: BackendName | undefined;
  /** The model that the run went on from, where it did: its name, and the SHA-256 of its encoder. */
  readonly from?: { readonly name: string; readonly sha256: string } | undefined;
  /** Where the data came from, as the data set said. */
  readonly dataProvenance: string;
  readonly progress: Progress;
  readonly state: EngineState;
  /** Weights and buffers after the best epoch, where one is kept: what is exported. */
  readonly best?: EngineState | undefined;
}

/** What the tensors of the best epoch have before their names in the file. */
const BEST = 'best/';

/**
 * Writes the checkpoint of a run, whole or not at all.
 *
 * @throws LatentkitError `diverged` if a number is not finite: the last good checkpoint stays
 * @returns the path
 */
export async function saveCheckpoint(checkpoint: Checkpoint): Promise<string> {
  const { state, best = new Map(), config, ...rest } = checkpoint;
  for (const [name, { data }] of state) {
    if (!data.every(Number.isFinite)) {
      throw new LatentkitError(
        'diverged',
        `The weights are no longer finite (${name}, at step ${checkpoint.progress.step}); the last good ` +
          'checkpoint was kept. Lower the learning rate or β, or set a larger batch, and train again.',
      );
    }
  }
  const path = join(config.runDir, CHECKPOINT_FILE);
  // The folder is left out: a run may be moved.
  const { runDir: _, ...settings } = usedSettings(config);
  const run = JSON.stringify({ config: settings, ...rest });
  const metadata = { format: String(FORMAT), sha256: UNSEALED, run };
  const kept = [...best].map(([name, tensor]) => [`${BEST}${name}`, tensor] as const);
  const tensors = tensorsOf(new Map([...state, ...kept]));
  await writeFileWhole(path, seal(encodeSafetensors({ tensors, metadata })));
  return path;
}

function tensorsOf(state: EngineState): Map<string, Tensor> {
  return new Map(
    [...state].map(([name, { shape, data }]) => [name, { dtype: 'float32', dims: shape, data }]),
  );
}

/** @throws LatentkitError `invalid-data` for a tensor that is not float32 */
function stateOf(tensors: ReadonlyMap<string, Tensor>, source: string): EngineState {
  return new Map(
    [...tensors].map(([name, { dtype, dims, data }]) => {
      if (dtype !== 'float32') {
        throw new LatentkitError(
          'invalid-data',
          `${source} is not a usable checkpoint: ${name} is ${dtype}, not float32. Restore it from a copy, or start the run anew.`,
        );
      }
      return [name, { shape: dims, data: data as Float32Array }];
    }),
  );
}

/** @throws LatentkitError `not-found`, `unsupported-format` or `invalid-data` */
export async function loadCheckpoint(runDir: string): Promise<Checkpoint> {
  const path = join(runDir, CHECKPOINT_FILE);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(runDir)) {
      throw new LatentkitError(
        'not-found',
        `There is no training run in ${runDir}: nothing was trained there yet. Train there first, without resuming ` +
          '(--resume), or name the folder that training wrote to.',
        { cause },
      );
    }
    throw new LatentkitError(
      'not-found',
      `There is no training run in ${runDir}: ${CHECKPOINT_FILE} cannot be read (${(cause as Error).message}). ` +
        'Name the folder that training wrote to.',
      { cause },
    );
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata['format'] === String(FORMAT)) {
    checkSeal(bytes, metadata['sha256'], path);
  } else if (metadata['format'] !== String(UNSEALED_FORMAT)) {
    throw new LatentkitError(
      'unsupported-format',
      `${path} has checkpoint format ${metadata['format'] ?? 'unknown'}; this version reads formats ${UNSEALED_FORMAT} and ${FORMAT}.`,
    );
  }
  const state = stateOf(tensors, path);
  try {
    const run = v.parse(RunSchema, JSON.parse(metadata['run'] ?? ''));
    const config = resolveConfig(usedSettings({ ...asItWas(run.config), runDir }));
    return { ...run, config, ...partsOf(state) };
  } catch (cause) {
    throw new LatentkitError(
      'invalid-data',
      `${path} does not describe its run: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * The settings of a run with those that it is older than as they were then: it goes on without centring, a
 * rising learning rate and, on files of one's own, without what was taken for pictures later. Settings
 * without a use were kept then too.
 */
function asItWas(config: Readonly<Record<string, unknown>>): ResolvedConfig {
  const data = config['data'] as DatasetConfig;
  const ofFiles = data.name === 'files' && config['rateWarmUp'] === undefined;
  return {
    centre: false,
    rateWarmUp: 0,
    ...(ofFiles ? { augment: 'none', patience: 1_000_000 } : {}),
    ...config,
    ...(ofFiles ? { data: { ...data, validationShare: 0 } } : {}),
  } as unknown as ResolvedConfig;
}

function partsOf(tensors: EngineState): Pick<Checkpoint, 'state' | 'best'> {
  const entries = [...tensors];
  const isBest = ([name]: (typeof entries)[number]) => name.startsWith(BEST);
  const best = entries
    .filter(isBest)
    .map(([name, tensor]) => [name.slice(BEST.length), tensor] as const);
  const state = new Map(entries.filter((entry) => !isBest(entry)));
  return best.length > 0 ? { state, best: new Map(best) } : { state };
}
