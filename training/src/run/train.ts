import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import {
  checkCallback,
  checkFlag,
  checkNames,
  checkOptions,
  checkText,
} from '@latentkit/core/runtime';
import type { Dataset } from '@latentkit/data';
import { ensureWritableFolder, scaleWarning } from '@latentkit/system';
import { binarisedDataset } from '../data/binarise.ts';
import { hasClass } from '../data/class-of.ts';
import { leaveOutClass } from '../data/leave-out.ts';
import { loadDataset } from '../data/load-dataset.ts';
import { startAverages } from '../engines/averaged-state.ts';
import {
  type ChosenEngine,
  chooseEngine,
  engineLabel,
  type WantedEngine,
} from '../engines/choose-engine.ts';
import type { Engine } from '../engines/engine.ts';
import { tryStep } from '../engines/try-step.ts';
import { buildFamily } from '../families/build-family.ts';
import { centreOn } from '../families/centre.ts';
import { drawWeights } from '../families/draw-weights.ts';
import { type BaseModel, identityOf, loadBaseModel } from '../from/base-model.ts';
import { settingsFrom } from '../from/settings-from.ts';
import { takeWeights } from '../from/take-weights.ts';
import { ruleOf } from '../optimizers/rule-of.ts';
import type { BackendName, EngineName } from '../settings/choices.ts';
import {
  isDataset,
  type ResolvedConfig,
  resolveConfig,
  type TrainConfig,
  usedSettings,
  withFittedEpochs,
} from '../settings/config.ts';
import { openTensorboardLog, type TensorboardLog } from '../tensorboard/tensorboard-log.ts';
import { withSharedItems } from './batches/batch-source.ts';
import { stepsPerEpoch } from './batches/batches.ts';
import { beginAsItems } from './begin-as-items.ts';
import { checkPatience, isOver, plannedEpochs } from './best-epoch.ts';
import { type Clock, stopwatch } from './budget/stopwatch.ts';
import type { EpochRecord, TrainEvent } from './events.ts';
import { fitToBudget } from './fit-to-budget.ts';
import {
  CHECKPOINT_FILE,
  type Checkpoint,
  loadCheckpoint,
  type Progress,
} from './folder/checkpoint.ts';
import { withRunLock } from './folder/run-lock.ts';
import { LOG_FILE, openRunLog } from './folder/run-log.ts';
import { meanItem } from './mean-item.ts';
import { NO_TERMS } from './terms.ts';
import { checkpoint, type Loop, trainingLoop } from './training-loop.ts';

export interface TrainHooks {
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  /** Stops after the current step, writes a checkpoint, and resolves with reason `'aborted'`. */
  readonly signal?: AbortSignal | undefined;
  /** What a time budget is measured by: milliseconds that only go forward, `performance.now` by default. */
  readonly clock?: Clock | undefined;
}

const HOOKS: Readonly<Record<keyof TrainHooks, true>> = {
  onEvent: true,
  signal: true,
  clock: true,
};

/** @throws ArgumentError for a hook that cannot be called */
function checkHooks({ onEvent, clock }: TrainHooks): void {
  checkCallback('onEvent', onEvent);
  checkCallback('clock', clock);
}

export interface TrainOptions extends TrainHooks {
  /** Start anew in a folder that holds a run already; without it that is an error. */
  readonly overwrite?: boolean | undefined;
}

export interface ResumeConfig {
  readonly runDir: string;
  /** Train to this many epochs in all, instead of what the run was started with. */
  readonly epochs?: number | undefined;
  /** Instead of the run's own; losses then differ in their last digits from an unbroken run. */
  readonly engine?: EngineName | undefined;
  /** Likewise; naming one asks for the tfjs engine. */
  readonly backend?: BackendName | undefined;
  /** The data, where a program gave them: the same again. Refused for a run of other data. */
  readonly data?: Dataset | undefined;
  /** Where the data are now, if they were moved. */
  readonly dataDir?: string | undefined;
  /** MiB of items to hold in memory, instead of the run's own. */
  readonly memory?: number | undefined;
  /** A folder to write scalars for TensorBoard below, instead of the run's own. */
  readonly tensorboard?: string | undefined;
  /** Processor threads, instead of the run's own. */
  readonly threads?: number | undefined;
  /** Epochs without a better validation loss before training stops, instead of the run's own. */
  readonly patience?: number | undefined;
}

const RESUME: Readonly<Record<keyof ResumeConfig, true>> = {
  runDir: true,
  epochs: true,
  engine: true,
  backend: true,
  data: true,
  dataDir: true,
  memory: true,
  tensorboard: true,
  threads: true,
  patience: true,
};

export interface TrainResult {
  readonly runDir: string;
  readonly reason: 'finished' | 'aborted';
  readonly config: ResolvedConfig;
  readonly engine: ChosenEngine;
  /** Path of the checkpoint. */
  readonly checkpoint: string;
  /** Steps since the start of the run. */
  readonly step: number;
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights are exported, the best on the validation items, where there are such and a patience. */
  readonly best?: { readonly epoch: number; readonly loss: number };
}

const NOTHING_DONE: Progress = {
  epochsDone: 0,
  stepInEpoch: 0,
  step: 0,
  sums: NO_TERMS,
  history: [],
  logBytes: 0,
};

/**
 * Trains an autoencoder. Settings and folders are checked before anything is computed.
 *
 * @throws ArgumentError for a setting outside its domain, one that a model that is gone on from does not fit, or a
 *   folder that holds a run already;
 *   LatentkitError `in-use` where a training writes to the folder, `unwritable`, `missing-dependency`, `not-found`, `network`, `invalid-data`,
 *   `aborted` (before the first step) or `diverged`
 */
export async function train(config: TrainConfig, options: TrainOptions = {}): Promise<TrainResult> {
  checkOptions(config, "{ runDir: 'runs/mine' }");
  checkNames(options, { ...HOOKS, overwrite: true });
  const { overwrite, ...hooks } = options;
  checkHooks(hooks);
  checkFlag('overwrite', overwrite);
  const asked = ownCopy(config);
  const base = asked.from === undefined ? undefined : await loadBaseModel(asked.from, hooks.signal);
  const given = base ? settingsFrom(base.card, asked) : asked;
  const resolved = resolveConfig(given);
  const { runDir } = resolved;
  const own = isDataset(asked.data) ? asked.data : undefined;
  const isNew = !existsSync(runDir);
  await ensureWritableFolder(runDir, 'The run folder');
  const training = withRunLock(runDir, async () => {
    if (!overwrite && existsSync(join(runDir, CHECKPOINT_FILE))) {
      throw new ArgumentError(
        'run folder',
        'a folder without a run (resume the run that is there, ask to overwrite it, or choose another folder)',
        runDir,
      );
    }
    const fit = (epochs: number) => withFittedEpochs(resolved, given, epochs);
    const { patience } = asked;
    const parts = { wanted: resolved, saved: undefined, own, fit, base, patience };
    const inherited = base !== undefined && !saysLeftOut(asked.data);
    return runTraining(resolved, { ...parts, inherited }, hooks);
  });
  return training.catch(async (error) => {
    if (isNew) await removeUnbegun(runDir);
    throw error;
  });
}

function saysLeftOut(data: TrainConfig['data']): boolean {
  return typeof data === 'object' && 'leaveOut' in data && data.leaveOut !== undefined;
}

/** A configuration that stays as it is, whatever becomes of the caller's while the training goes on. */
function ownCopy(config: TrainConfig): TrainConfig {
  const copied = Object.entries(config).map(([key, value]) => [
    key,
    Array.isArray(value) ? [...value] : value,
  ]);
  const { data } = config;
  const settings = typeof data === 'object' && data !== null && !isDataset(data);
  return { ...Object.fromEntries(copied), ...(settings ? { data: { ...data } } : {}) };
}

/** Without a checkpoint there is nothing to go on from: the first lines of the log tell of no run. */
async function removeUnbegun(runDir: string): Promise<void> {
  if (existsSync(join(runDir, CHECKPOINT_FILE))) return;
  await rm(join(runDir, LOG_FILE), { force: true });
  // A folder that holds something else is kept: it cannot be removed so.
  await rmdir(runDir).catch(() => undefined);
}

/**
 * Goes on with a run from its checkpoint, to the same losses that it would have had unbroken.
 *
 * @throws as {@link train}; LatentkitError `not-found` where there is no run
 */
export async function resumeTraining(
  config: ResumeConfig,
  hooks: TrainHooks = {},
): Promise<TrainResult> {
  checkNames(config, RESUME, "{ runDir: 'runs/mine' }");
  checkText('runDir', config.runDir, 'the path of a run folder');
  checkNames(hooks, HOOKS);
  checkHooks(hooks);
  const asked = { ...config };
  const runDir = resolve(asked.runDir);
  // Where there is no run, say so, and leave no lock.
  if (!existsSync(join(runDir, CHECKPOINT_FILE))) await loadCheckpoint(runDir);
  return withRunLock(runDir, async () => resumeLocked(runDir, asked, { ...hooks }));
}

async function resumeLocked(
  runDir: string,
  config: ResumeConfig,
  hooks: TrainHooks,
): Promise<TrainResult> {
  const saved = await loadCheckpoint(runDir);
  const settings = usedSettings(saved.config);
  const { data } = settings;
  if (config.data !== undefined && data.name !== 'arrays') {
    throw new ArgumentError(
      'data',
      `none with data ${data.name}, which the run in ${runDir} loads itself (they are for a run of arrays; to train on ` +
        "others begin another run, with 'from' where it is to go on from an export of this one)",
      config.data,
    );
  }
  const changed = config.engine !== undefined || config.backend !== undefined;
  const wanted: WantedEngine = changed
    ? {
        engine: config.engine ?? (config.backend === undefined ? 'auto' : 'tfjs'),
        backend: config.backend ?? 'auto',
      }
    : { engine: saved.engine, backend: saved.backend ?? 'auto', ofRun: true };
  const resolved = resolveConfig({
    ...settings,
    ...(changed ? wanted : {}),
    epochs: config.epochs ?? saved.config.epochs,
    threads: config.threads ?? saved.config.threads,
    tensorboard: config.tensorboard ?? saved.config.tensorboard,
    patience: config.patience ?? saved.config.patience,
    data: {
      ...data,
      ...(config.dataDir === undefined ? {} : { dataDir: config.dataDir }),
      ...(config.memory === undefined ? {} : { memory: config.memory }),
    },
  });
  // Who says how many epochs there shall be does without the budget.
  const { budget, ...progress } = saved.progress;
  const start = config.epochs === undefined ? saved : { ...saved, progress };
  const { patience } = config;
  return runTraining(resolved, { wanted, saved: start, own: config.data, patience }, hooks);
}

/**
 * The data as the run sees them, and the configuration that leads to them: one that has its class to leave out from a
 * model loses it where the data have no such class. On its own, so that what they were made from need not be kept.
 */
async function loadItems(
  config: ResolvedConfig,
  { own, inherited }: Pick<RunParts, 'own' | 'inherited'>,
  signal: AbortSignal | undefined,
  emit: (event: TrainEvent) => void,
): Promise<{ readonly dataset: Dataset; readonly config: ResolvedConfig }> {
  const { leaveOut, ...data } = config.data;
  const loaded = await loadDataset({
    ...data,
    own,
    signal,
    onProgress: (progress) => emit({ type: 'data', progress }),
    onPrepare: (progress) => emit({ type: 'prepare', progress }),
    onFound: (found) => emit({ type: 'found', ...found }),
  });
  const warning = scaleWarning(loaded);
  if (warning !== undefined) emit({ type: 'found', notes: [`warning: ${warning}`], bad: [] });
  const leavesOut =
    leaveOut !== undefined && !(inherited && !hasClass(loaded.labelNames, leaveOut));
  const dataset = binarisedDataset(
    leavesOut ? leaveOutClass(loaded, leaveOut) : loaded,
    config.binarise,
  );
  return {
    dataset: { ...dataset, train: withSharedItems(dataset.train) },
    config: leavesOut ? config : { ...config, data },
  };
}

interface RunParts {
  readonly wanted: WantedEngine;
  /** Where a run goes on from. */
  readonly saved: Checkpoint | undefined;
  /** The data, where a program gave them. */
  readonly own: Dataset | undefined;
  /** The configuration with as many epochs as fit into the time budget. */
  readonly fit?: ((epochs: number) => ResolvedConfig) | undefined;
  /** The model whose weights a new run starts from, instead of drawn ones. */
  readonly base?: BaseModel | undefined;
  /** Where it was asked for, rather than left at its standard. */
  readonly patience?: number | undefined;
  /** Whether a class to leave out is that of the model that is gone on from: other data need not have it. */
  readonly inherited?: boolean | undefined;
}

async function runTraining(
  resolved: ResolvedConfig,
  { wanted, saved, own, fit, base, patience, inherited }: RunParts,
  { onEvent, signal, clock = () => performance.now() }: TrainHooks,
): Promise<TrainResult> {
  // What a listener makes of an event is its own.
  const emit = (event: TrainEvent) => onEvent?.(structuredClone(event));
  const items = await loadItems(resolved, { own, inherited }, signal, emit);
  const { dataset } = items;
  let { config } = items;
  checkPatience(dataset, patience);
  const { chosen, create } = await chooseEngine(wanted, () => tryStep(config));
  if (saved && saved.dataProvenance !== dataset.provenance) {
    throw new LatentkitError(
      'invalid-data',
      `The data are not those that the run in ${config.runDir} was started with: then ` +
        `${saved.dataProvenance}; now ${dataset.provenance}. Give it the data of then, or begin ` +
        "another run: with 'from' (--from) it goes on from an export of this one.",
    );
  }

  const model = buildFamily(config, dataset);
  let start = saved?.progress ?? NOTHING_DONE;
  const spent = stopwatch(clock, start.budget?.spent);
  let engine: Engine | undefined;
  try {
    if (!saved) {
      const ofItems = () => meanItem(dataset.train);
      if (base) {
        await takeWeights(model, base, { config, dataset, meanItem: ofItems });
      } else {
        drawWeights(model.weights, config.seed);
        centreOn(model, ofItems);
        if (model.prior) beginAsItems(model.prior.pseudoInputs, dataset.train, config.seed);
      }
    }
    engine = await create(model, {
      batchSize: Math.min(config.batchSize, dataset.train.count),
      rule: ruleOf(config),
      clipNorm: config.clipNorm,
      threads: config.threads,
    });
    engine.writeState(saved ? saved.state : startAverages(await engine.readState()));
    const { timeBudget } = config;
    if (fit && timeBudget !== undefined) {
      const parts = { engine, model, dataset, spent };
      const fitted = await fitToBudget(parts, { ...config, timeBudget }, { clock, signal });
      emit({ type: 'fit', ...fitted.time, epochs: fitted.budget.epochs });
      config = { ...fit(fitted.budget.epochs), data: config.data };
      start = { ...start, budget: fitted.budget };
    }
    const log = await openRunLog(config.runDir, start.logBytes);
    let board: TensorboardLog | undefined;
    try {
      if (config.tensorboard !== undefined) {
        board = await openTensorboardLog(config.tensorboard, config.runDir, start.step);
      }
      const perEpoch = stepsPerEpoch(dataset.train, config.batchSize);
      const loop: Loop = {
        run: {
          config,
          engine: chosen.name,
          backend: chosen.backend,
          from: base ? identityOf(base.card) : saved?.from,
          dataProvenance: dataset.provenance,
        },
        dataset,
        model,
        engine,
        log,
        board,
        emit,
        signal,
        spent,
        best: saved?.best,
      };
      emit({
        type: 'start',
        config,
        engine: chosen,
        parameters: model.weights.reduce((sum, { variable }) => sum + variable.size, 0),
        trainCount: dataset.train.count,
        testCount: dataset.test.count,
        validationCount: dataset.validation?.count ?? 0,
        stepsPerEpoch: perEpoch,
        totalSteps: perEpoch * plannedEpochs(start, config),
        resumedAtStep: start.step,
      });
      await log.append(
        saved
          ? {
              type: 'resume',
              step: start.step,
              engine: engineLabel(chosen.name, chosen.backend),
              epochs: plannedEpochs(start, config),
            }
          : {
              type: 'start',
              config: usedSettings(config),
              engine: engineLabel(chosen.name, chosen.backend),
              data: dataset.provenance,
              ...(start.budget ? { budget: start.budget } : {}),
            },
      );
      // From the first moment on there is something to resume from.
      if (!saved) await checkpoint(loop, start);
      const end = await trainingLoop(loop, start);
      const reason = isOver(end, config) ? 'finished' : 'aborted';
      emit({ type: 'end', reason, step: end.step });
      return {
        runDir: config.runDir,
        reason,
        config,
        engine: chosen,
        checkpoint: join(config.runDir, CHECKPOINT_FILE),
        step: end.step,
        history: end.history,
        ...(end.best ? { best: end.best } : {}),
      };
    } finally {
      await board?.close();
      await log.close();
    }
  } finally {
    await engine?.dispose();
    model.dispose();
  }
}
