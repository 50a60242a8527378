import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { checkNames } from '@latentkit/core/runtime';
import type { Dataset } from '@latentkit/data';
import type { Source } from '@latentkit/node';
import { DATASET_NAMES, type DatasetName } from './choices.ts';
import { folder } from './domain.ts';
import { fill, usedOnly } from './fill.ts';
import { namesOf } from './names-of.ts';
import type { Filled, Given } from './setting.ts';
import { DATA_SETTINGS, SETTINGS } from './table.ts';

/** Which data: all that it takes to get the same items again. */
export interface DatasetConfig extends Omit<Given<typeof DATA_SETTINGS>, 'name'> {
  readonly name: DatasetName;
}

/**
 * What defines a run; docs/settings.md lists the settings with their values and standards. With `engine`
 * and `backend`, they determine every loss to the last bit.
 */
export interface TrainConfig extends Given<typeof SETTINGS> {
  /** Folder for the checkpoint and the log; made if it is absent. */
  readonly runDir: string;
  /**
   * The data, the name alone, the path of pictures of one's own, or the items themselves, such as `datasetOf` of
   * `@latentkit/data` makes of arrays; `'strokes'` by default.
   */
  readonly data?: string | DatasetConfig | Dataset | undefined;
  /**
   * An exported model to go on from, instead of drawn weights: its folder, URL or files. What is not said is then as it
   * was trained, and `data` must be given.
   */
  readonly from?: Source | undefined;
}

/** The names of all that a configuration may have. */
const CONFIG = namesOf({ runDir: true, data: true, from: true, ...SETTINGS });
const DATA = namesOf(DATA_SETTINGS);

/** A configuration with every setting filled in, also those that the others leave no use for. */
export interface ResolvedConfig extends Filled<typeof SETTINGS> {
  readonly runDir: string;
  readonly data: DatasetConfig;
}

/**
 * Fills in the standards and checks every setting.
 *
 * @throws ArgumentError for what is no setting, and the first setting outside its domain, or that the others leave no
 *   use for
 */
export function resolveConfig(config: TrainConfig): ResolvedConfig {
  checkNames(config, CONFIG, "{ runDir: 'runs/mine' }");
  const { runDir, data, from: _, ...given } = config;
  folder.check('run folder', runDir);
  const dataset = resolveData(data);
  const settings = fill(SETTINGS, given, { data: dataset.name, items: formOf(data) });
  checkTogether(settings);
  const { tensorboard } = settings;
  // Absolute, as the folder of the data is.
  const logs = tensorboard === undefined ? {} : { tensorboard: resolve(tensorboard) };
  return { runDir: resolve(runDir), data: dataset, ...settings, ...logs };
}

/** What conditions ask for of items that are at hand. */
function formOf(data: TrainConfig['data']): string | undefined {
  const [height, width] = isDataset(data) ? data.itemShape : [];
  return Math.min(height ?? 2, width ?? 2) === 1 ? 'in a row' : undefined;
}

/** A configuration less what it has no use for: given to {@link resolveConfig}, it comes to the same. */
export function usedSettings(config: ResolvedConfig): ResolvedConfig {
  // Conditions ask for the data by their name.
  const used = usedOnly(SETTINGS, { ...config, data: config.data.name });
  return { ...used, data: usedOnly(DATA_SETTINGS, config.data) };
}

/**
 * The configuration of a run with a time budget once it is known how many epochs fit: an ordinary one, of so many
 * epochs. What follows from the epochs by default is derived from these.
 *
 * @param given what {@link resolveConfig} made the configuration from
 */
export function withFittedEpochs(
  config: ResolvedConfig,
  { warmUpEpochs }: Pick<TrainConfig, 'warmUpEpochs'>,
  epochs: number,
): ResolvedConfig {
  return resolveConfig({ ...usedSettings(config), timeBudget: undefined, warmUpEpochs, epochs });
}

/**
 * Fills in the standards of a data set.
 *
 * @throws ArgumentError for what has no name of a data set, an unknown name, files without a path, or a setting that is
 *   wrong or of no use
 */
export function resolveDataset(data: Given<typeof DATA_SETTINGS>): Filled<typeof DATA_SETTINGS> {
  checkNamed(data);
  const filled = fill(DATA_SETTINGS, data);
  if (filled.name === 'files' && filled.dataDir === undefined) {
    const wanted =
      'the path of your pictures (data.dataDir; --data ./your-pictures or --data-dir of the command)';
    throw new ArgumentError('data folder', wanted, undefined);
  }
  return filled;
}

/** Whether the data are given by their items. */
export function isDataset(data: TrainConfig['data']): data is Dataset {
  return typeof data === 'object' && data !== null && 'train' in data;
}

function resolveData(data: TrainConfig['data']): DatasetConfig {
  if (isDataset(data)) return { name: 'arrays' };
  const given = typeof data === 'object' ? data : nameOrPath(data);
  checkNamed(given);
  checkNames(given, DATA);
  // Every standard is kept with the run, as those of the other settings are: they may change.
  const filled = usedOnly(DATA_SETTINGS, resolveDataset(given));
  const { dataDir } = filled;
  // Absolute, so that a run may be resumed from another working folder.
  return { ...filled, ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }) };
}

/** Without a name every other standard would fit as well: a Promise of items would be strokes. */
function checkNamed(data: object): void {
  if (typeof data === 'object' && data !== null && 'name' in data) return;
  const wanted =
    "'strokes', 'mnist', the path of data of your own, an object with such a name, such as { name: 'mnist' }, or a data set, as datasetOf of @latentkit/data makes";
  throw new ArgumentError('data', wanted, data);
}

/** What is named by a word, where a path may stand as well: a program gives arrays themselves. */
const NAMES_ALONE = DATASET_NAMES.filter((name) => name !== 'arrays');

function isName(word: string): boolean {
  return NAMES_ALONE.some((name) => name === word);
}

/** Whether a word is one of the names, or leads to files from here. */
export function namesData(word: string): boolean {
  return isName(word) || existsSync(word);
}

/**
 * What a word says of the data: one of the names, or the path of files.
 *
 * @throws ArgumentError for one that looks like no path and is none: a name with a slip in it
 */
export function nameOrPath(word: string | undefined): Given<typeof DATA_SETTINGS> {
  if (word === undefined || isName(word)) return { name: word as DatasetName | undefined };
  if (/[./\\*]/.test(word) || existsSync(word)) return { name: 'files', dataDir: word };
  throw new ArgumentError('data', "'strokes', 'mnist', or the path of data of your own", word);
}

const ONE_DRAW: readonly string[] = ['vae', 'beta-vae', 'cvae'];

/** Means of all Gaussians of a prior: with as many deviations they take a card up to its limit of 16 MiB. */
const MAX_PRIOR_SIZE = 250_000;

/** What no setting is wrong in by itself. */
function checkTogether(settings: Filled<typeof SETTINGS>): void {
  const { family, architecture, hiddenSizes, gradient, freeBits, capacity } = settings;
  const { prior, pseudoInputs, latentSize, levels, gridLevels } = settings;
  if (gradient === 'dreg' && family !== 'iwae' && ONE_DRAW.includes(family)) {
    throw new ArgumentError(
      'gradient',
      "'stl' (with one draw an item the two are the same)",
      gradient,
    );
  }
  if (gradient === 'stl' && ONE_DRAW.includes(family) && (freeBits > 0 || capacity !== undefined)) {
    throw new ArgumentError(
      'gradient',
      "'standard' with free bits or a capacity, which are of the KL in closed form",
      gradient,
    );
  }
  if (prior === 'vamp' && pseudoInputs * latentSize > MAX_PRIOR_SIZE) {
    throw new ArgumentError(
      'pseudo-inputs',
      `at most ${Math.floor(MAX_PRIOR_SIZE / latentSize)} at a latent size of ${latentSize} (the card keeps ${MAX_PRIOR_SIZE.toLocaleString('en')} means in all)`,
      pseudoInputs,
    );
  }
  if (family === 'vq-vae' && architecture === 'mlp') {
    throw new ArgumentError(
      'architecture',
      "'conv' or 'resnet' (codes lie on a grid)",
      architecture,
    );
  }
  const all = levels.length + (gridLevels?.length ?? 0);
  if (family === 'hierarchical' && all < 2) {
    const wanted = 'at least 2, or others on the grid (--grid-levels, with conv or resnet)';
    throw new ArgumentError('levels', wanted, all);
  }
  if (family === 'hierarchical' && hiddenSizes.length === 0) {
    throw new ArgumentError('hidden layers', 'at least one, for the width of each level', '[]');
  }
}
