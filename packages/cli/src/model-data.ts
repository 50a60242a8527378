import { LatentkitError, type ModelCard } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import type { DatasetConfig } from '@latentkit/training';
import { nameOrPath, namesData } from '@latentkit/training/settings';
import type { Command } from 'commander';
import { offerValues } from './completion/offered-values.ts';
import { fileOfName } from './data-name.ts';
import type { Io } from './io.ts';
import { otherData } from './model/other-data.ts';
import { parseNumber } from './options.ts';
import { prepareProgress } from './progress/prepare-progress.ts';

export interface DataFlags {
  /** A name, or the path of files; what the card names by default. */
  readonly data?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly testShare?: number | undefined;
  readonly group?: string | undefined;
  readonly maxBad?: number | undefined;
  /** Whether what is found out goes on the card. */
  readonly record?: boolean | undefined;
}

/** Adds the options of {@link DataFlags} to a verb. */
export function addDataOptions(command: Command): Command {
  command
    .option('--data <name>', 'strokes, mnist or the path of files (default: what the card names)')
    .option('--data-dir <folder>', 'where the data are')
    .option('--test-share <x>', 'of files: the share that training kept for testing', parseNumber)
    .option('--group <pattern>', 'of files: what training kept together')
    .option(
      '--max-bad <x>',
      'of files: the share that may be unreadable (default: 0.01)',
      parseNumber,
    );
  return offerValues(command, { '--data': ['strokes', 'mnist'] });
}

/**
 * Loads the data that a model is used on, and tells of a preparation that takes long. Of files it says which they are
 * where only the card names them, and whether they are others than those of training.
 *
 * @throws as `loadDataset`; LatentkitError `invalid-data` for something to record of others that only have the name
 */
export async function loadModelData(
  card: ModelCard,
  flags: DataFlags,
  signal: AbortSignal,
  io: Io,
): Promise<Dataset> {
  const { loadDataset } = await import('@latentkit/training');
  const config = modelData(card, flags);
  const isFound =
    config.name === 'files' && flags.data === undefined && flags.dataDir === undefined;
  if (isFound) {
    io.err(`data: ${config.dataDir}, which has the name on the card (--data names others)`);
  }
  const data = await loadDataset({ ...config, signal, onPrepare: prepareProgress(io) });
  const differ = config.name === 'files' ? otherData(card, data) : undefined;
  if (differ === undefined) return data;
  if (isFound && flags.record) {
    throw new LatentkitError(
      'invalid-data',
      `${differ} Nothing is recorded: name the data of then, --data ./pictures, split as then (--test-share, --group).`,
    );
  }
  io.err(`warning: ${differ} What is found out is of the data of now.`);
  return data;
}

/** The data that a model is used on: files become items as its card says. */
export function modelData(
  { item, preprocessing, provenance }: Pick<ModelCard, 'item' | 'preprocessing' | 'provenance'>,
  { data, dataDir, ...flags }: DataFlags,
): DatasetConfig {
  if (data === undefined && dataDir === undefined && isOfArrays(provenance)) {
    throw new LatentkitError(
      'invalid-argument',
      `The model was trained on arrays of a program, called '${provenance.dataset}', which no command can load. A program gives them ` +
        "to the functions behind the commands, measureModel('models/mine', { data }) of @latentkit/training for one; files of " +
        'such items are named by --data.',
    );
  }
  // The card of a model of somebody's own files names them, but does not say where they are.
  const moved = data === undefined && dataDir !== undefined && provenance.dataset !== 'mnist';
  const said = () => (data === undefined ? ofCard(provenance.dataset) : nameOrPath(data));
  const given = moved ? { name: 'files' as const, dataDir } : said();
  const named = { ...(dataDir === undefined ? {} : { dataDir }), ...given } as DatasetConfig;
  // What is of no use to other data is refused by name, not passed over.
  const split = splitOf(flags);
  if (named.name !== 'files') return { ...named, ...split };
  const [height, width, channels] = item.shape;
  const { fit, background } = preprocessing;
  const hex = background?.map((value) => value.toString(16).padStart(2, '0')).join('');
  return {
    ...named,
    image: `${height}x${width}`,
    colour: channels === 1 ? 'grey' : 'rgb',
    fit,
    background: hex === undefined ? undefined : `#${hex}`,
    ...split,
  };
}

/** Whether a model was trained on arrays that a program gave: its card then has the call, and no command. */
function isOfArrays({ command }: ModelCard['provenance']): boolean {
  return command?.startsWith('train(') === true;
}

/** What is said of a run whose items no command can load. */
export function runOfArrays(
  run: string,
  options: { readonly cause?: unknown } = {},
): LatentkitError {
  return new LatentkitError(
    'invalid-argument',
    `The run in ${run} was trained on arrays of a program, which no command can load. A program exports it, with the data ` +
      'set that it trained on: exportModel({ runDir, outDir, dataset }) of @latentkit/training. The model that this writes ' +
      'is for commands too.',
    options,
  );
}

/** The data that a card names: a word, or files that still lie where the word leads from here. */
function ofCard(dataset: string): ReturnType<typeof nameOrPath> {
  if (namesData(dataset)) return nameOrPath(dataset);
  const file = fileOfName(dataset);
  if (file !== undefined) return nameOrPath(`./${file}`);
  throw new LatentkitError(
    'invalid-argument',
    `--data: expected the path of the pictures, --data ./pictures. The model was trained on some called '${dataset}', which is no file or folder here, and its card does not say where they are.`,
  );
}

/**
 * The data that a run was trained on, as it had them: what is given counts before the run's own.
 *
 * @param run its folder
 * @returns undefined where other data were named
 * @throws LatentkitError `invalid-argument` for a run of arrays
 */
export function dataOfRun(
  run: string,
  own: DatasetConfig,
  { data, dataDir, ...flags }: DataFlags,
): DatasetConfig | undefined {
  if (own.name === 'arrays') throw runOfArrays(run);
  const given = nameOrPath(data);
  if (given.name !== undefined && given.name !== own.name) return undefined;
  const place = dataDir ?? given.dataDir;
  return { ...own, ...(place === undefined ? {} : { dataDir: place }), ...splitOf(flags) };
}

/** What was said of files and of their split, and nothing that was not. */
function splitOf({ testShare, group, maxBad }: DataFlags): Partial<DatasetConfig> {
  return Object.fromEntries(
    Object.entries({ testShare, group, maxBad }).filter(([, value]) => value !== undefined),
  );
}
