import { ArgumentError, type ModelCard } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import type { DatasetConfig } from '@latentkit/training';
import { nameOrPath, namesData } from '@latentkit/training/settings';
import type { Command } from 'commander';
import type { Io } from './io.ts';
import { parseNumber } from './options.ts';
import { prepareProgress } from './progress/prepare-progress.ts';

export interface DataFlags {
  /** A name, or the path of files; what the card names by default. */
  readonly data?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly testShare?: number | undefined;
  readonly group?: string | undefined;
  readonly maxBad?: number | undefined;
}

/** Adds the options of {@link DataFlags} to a verb. */
export function addDataOptions(command: Command): Command {
  return command
    .option('--data <name>', 'strokes, mnist or the path of files (default: what the card names)')
    .option('--data-dir <folder>', 'where the data are')
    .option('--test-share <x>', 'of files: the share that training kept for testing', parseNumber)
    .option('--group <pattern>', 'of files: what training kept together')
    .option(
      '--max-bad <x>',
      'of files: the share that may be unreadable (default: 0.01)',
      parseNumber,
    );
}

/** Loads the data that a model is used on, and tells of a preparation that takes long. */
export async function loadModelData(
  card: ModelCard,
  flags: DataFlags,
  signal: AbortSignal,
  io: Io,
): Promise<Dataset> {
  const { loadDataset } = await import('@latentkit/training');
  return loadDataset({ ...modelData(card, flags), signal, onPrepare: prepareProgress(io) });
}

/** The data that a model is used on: files become items as its card says. */
export function modelData(
  { item, preprocessing, provenance }: Pick<ModelCard, 'item' | 'preprocessing' | 'provenance'>,
  { data, dataDir, ...flags }: DataFlags,
): DatasetConfig {
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

/** The data that a card names: a word, or files that still lie where the word leads from here. */
function ofCard(dataset: string): ReturnType<typeof nameOrPath> {
  if (namesData(dataset)) return nameOrPath(dataset);
  const wanted = `the path of the pictures, --data ./pictures: the model was trained on some called '${dataset}', and its card does not say where they are`;
  throw new ArgumentError('data', wanted, undefined);
}

/**
 * The data that a run was trained on, as it had them: what is given counts before the run's own.
 *
 * @returns undefined where other data were named
 */
export function dataOfRun(
  own: DatasetConfig,
  { data, dataDir, ...flags }: DataFlags,
): DatasetConfig | undefined {
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
