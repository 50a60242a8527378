import { checkCallback, checkNames, throwIfAborted } from '@latentkit/core/runtime';
import {
  type Dataset,
  type Fault,
  type LoadProgress,
  loadData,
  loadMnist,
  makeStrokes,
  type PrepareProgress,
  parseSize,
  takeItems,
} from '@latentkit/data';
import { type DatasetConfig, resolveDataset } from '../settings/config.ts';
import { namesOf } from '../settings/names-of.ts';
import { DATA_SETTINGS } from '../settings/table.ts';
import { checkDataset } from './check-dataset.ts';
import { leaveOutClass } from './leave-out.ts';

export interface LoadDatasetOptions extends DatasetConfig {
  /** The items themselves, where the name is `'arrays'`. */
  readonly own?: Dataset | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** How far the pictures of one's own are prepared. */
  readonly onPrepare?: ((progress: PrepareProgress) => void) | undefined;
  /** What is worth knowing of one's own data: how size and colour were found, pictures left out. */
  readonly onFound?: ((found: FoundData) => void) | undefined;
}

/** Their names. */
const OPTIONS = namesOf({
  ...DATA_SETTINGS,
  own: true,
  signal: true,
  onProgress: true,
  onPrepare: true,
  onFound: true,
} satisfies Record<keyof LoadDatasetOptions, unknown>);

export interface FoundData {
  readonly notes: readonly string[];
  readonly bad: readonly Fault[];
}

/**
 * Loads or generates a data set.
 *
 * @throws ArgumentError for an unknown name or a setting that the data set has no use for; LatentkitError `not-found`, `network`, `invalid-data`
 *   or `aborted`
 */
export async function loadDataset(options: LoadDatasetOptions): Promise<Dataset> {
  checkNames(options, OPTIONS, "{ name: 'mnist' }");
  for (const hook of ['onProgress', 'onPrepare', 'onFound'] as const) {
    checkCallback(hook, options[hook]);
  }
  const { leaveOut } = resolveDataset(options);
  const dataset = await loadWhole(options);
  return leaveOut === undefined ? dataset : leaveOutClass(dataset, leaveOut);
}

async function loadWhole(options: LoadDatasetOptions): Promise<Dataset> {
  const settings = resolveDataset(options);
  const { name, dataDir, seed, trainCount, testCount } = settings;
  const { signal, onProgress } = options;
  throwIfAborted(signal, 'Loading the data set');
  if (name === 'strokes') return makeStrokes(trainCount ?? 10_000, testCount ?? 2_000, seed);
  const data =
    name === 'arrays'
      ? checkDataset(options.own)
      : name === 'files'
        ? await loadFiles(settings, options)
        : await loadMnist({ dataDir, signal, onProgress });
  return {
    ...data,
    train: takeItems(data.train, trainCount),
    test: takeItems(data.test, testCount),
  };
}

async function loadFiles(
  { dataDir = '', image, memory, ...items }: ReturnType<typeof resolveDataset>,
  { signal, onPrepare, onFound }: LoadDatasetOptions,
): Promise<Dataset> {
  const { bad, notes, ...data } = await loadData({
    path: dataDir,
    image: image === undefined ? undefined : parseSize(image),
    colour: items.colour,
    fit: items.fit,
    background: items.background,
    testShare: items.testShare,
    validationShare: items.validationShare,
    group: items.group,
    maxBad: items.maxBad,
    memory: memory * 2 ** 20,
    signal,
    onProgress: onPrepare,
  });
  if (bad.length > 0 || notes.length > 0) onFound?.({ bad, notes });
  return data;
}
