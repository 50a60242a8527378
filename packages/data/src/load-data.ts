import {
  ArgumentError,
  BT601,
  type Colour,
  FITS,
  type Fit,
  KERNELS,
  LatentkitError,
  type PictureTarget,
  parseColour,
} from '@latentkit/core';
import { checkOptions, checkText } from '@latentkit/core/runtime';
import { type ArrayFiles, isArrayFile, readArrays } from './arrays/array-files.ts';
import { COLOURS, type ItemColour } from './colours.ts';
import {
  assignParts,
  DEFAULT_TEST_SHARE,
  type PartOptions,
  parseGroup,
} from './items/assign-parts.ts';
import type { Dataset, Factors, Split } from './items/dataset.ts';
import { DEFAULT_MEMORY, openStore } from './items/hold-in-memory.ts';
import type { ItemStore, PackedItems } from './items/packed-items.ts';
import { type PrepareProgress, prepare } from './prepare/prepare.ts';
import { openPictures } from './sources/open-source.ts';
import type { Fault, Part, PictureEntry, PictureSource } from './sources/picture-source.ts';
import { samplePictures } from './sources/sample-pictures.ts';
import { suggestItem } from './sources/suggest-item.ts';

/** What pictures become; all but the path has defaults that are found from the data. */
export interface ItemOptions {
  /** [height, width]; see `suggestItem`. */
  readonly image?: readonly [height: number, width: number] | undefined;
  readonly colour?: ItemColour | undefined;
  /** `'cover'` by default. */
  readonly fit?: Fit | undefined;
  /** White by default. */
  readonly background?: Colour | undefined;
}

export interface LoadDataOptions extends ItemOptions, PartOptions {
  /** A folder or glob of pictures, a list, an archive, or arrays. */
  readonly path: string;
  /** Largest share of pictures that may be bad; 0.01 by default. */
  readonly maxBad?: number | undefined;
  /** Bytes of items to hold in memory at most; 1 GiB by default. */
  readonly memory?: number | undefined;
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** A data set with what people may want to know of how it came about. */
export interface LoadedData extends Dataset {
  readonly bad: readonly Fault[];
  /** How size and colour were found, where they were not given. */
  readonly notes: readonly string[];
}

/**
 * Loads a data set of one's own: pictures are prepared once in the cache folder, arrays are taken as
 * they are; both are split into training and test items for good.
 *
 * @throws ArgumentError for an option outside its domain; LatentkitError `not-found`, `invalid-data`,
 *   `missing-dependency`, `unwritable`; AbortedError
 */
export async function loadData(options: LoadDataOptions): Promise<LoadedData> {
  checkDataOptions(options);
  checkText('path', options.path, 'the path of a folder, an archive or a file');
  return (await isArrayFile(options.path)) ? loadArrays(options) : loadPictures(options);
}

/** @throws ArgumentError for the first option outside its domain */
export function checkDataOptions(options: Omit<LoadDataOptions, 'path'>): void {
  checkOptions(options);
  const { image, colour, fit, background, testShare, validationShare, group, memory } = options;
  const isSide = (side: number) => Number.isSafeInteger(side) && side >= 2 && side <= 4096;
  if (image !== undefined && !(Array.isArray(image) && image.length === 2 && image.every(isSide))) {
    throw new ArgumentError('image size', 'height and width, 2 to 4096 pixels each', image);
  }
  if (colour !== undefined && !COLOURS.includes(colour)) {
    throw new ArgumentError('colour', "'rgb' or 'grey'", colour);
  }
  if (fit !== undefined && !FITS.includes(fit)) {
    throw new ArgumentError('fit', "'cover', 'contain' or 'fill'", fit);
  }
  if (background !== undefined) parseColour(background);
  if (testShare !== undefined && !(testShare > 0 && testShare < 1)) {
    throw new ArgumentError('share of test items', 'a number above 0 and below 1', testShare);
  }
  const validation = validationShare ?? 0;
  if (!(validation >= 0 && validation < 1 - (testShare ?? DEFAULT_TEST_SHARE))) {
    throw new ArgumentError(
      'share of validation items',
      'a number from 0 that leaves items to train on beside those for testing',
      validation,
    );
  }
  if (group !== undefined) {
    checkText('group', group, 'a regular expression');
    parseGroup(group);
  }
  if (memory !== undefined && !(memory >= 0)) {
    throw new ArgumentError('memory', 'a number of bytes of at least 0', memory);
  }
}

/** What the pictures of a source become, and how that was found. */
export async function chooseTarget(
  source: PictureSource,
  { image, colour, fit, background = 'white' }: ItemOptions,
  signal?: AbortSignal,
): Promise<{ readonly target: PictureTarget; readonly notes: string[] }> {
  const notes: string[] = [];
  let [height, width] = image ?? [];
  let chosen = colour;
  if (height === undefined || width === undefined || chosen === undefined) {
    const suggested = suggestItem(await samplePictures(source, signal));
    height ??= suggested?.height ?? 64;
    width ??= suggested?.width ?? 64;
    chosen ??= suggested?.colour ?? 'rgb';
    const size = image
      ? ''
      : `Items of ${height} × ${width} (height × width): ${suggested?.reason}. `;
    const colours = colour ? '' : chosen === 'grey' ? 'None has colour.' : 'They are in colour.';
    if (suggested) notes.push(`${size}${colours}`.trim());
    if (Math.min(width, height) < 2) {
      throw new LatentkitError(
        'invalid-data',
        `The pictures in ${source.location} are ${height} × ${width}: nothing is to be seen on a single pixel.`,
      );
    }
  }
  const channels = chosen === 'grey' ? 1 : 3;
  const target = { width, height, channels, fit, background: parseColour(background) } as const;
  return { target, notes };
}

async function loadPictures(options: LoadDataOptions): Promise<LoadedData> {
  const { path, signal, memory = DEFAULT_MEMORY } = options;
  const source = await openPictures(path, signal);
  const { target, notes } = await chooseTarget(source, options, signal);
  const prepared = await prepare(source, target, options);
  const entries = Array.from(prepared.entries, (i) => source.entries[i] as PictureEntry);
  requireTwo(entries.length, source.location);
  const store = await openStore(prepared.path, memory);
  const { width, height, channels, fit = 'cover', background = [0, 0, 0] } = target;
  const labelled = labelsOf(entries.map(({ label }) => label));
  const factors = factorsOf(entries, source.factorNames);
  const rest = {
    name: source.name,
    itemShape: [height, width, channels] as const,
    labelNames: labelled.names,
    preprocessing: {
      kernel: KERNELS[0],
      fit,
      background: [...background] as [number, number, number],
      ...(channels === 1 ? { grey: [...BT601] as [number, number, number] } : {}),
    },
    description: `${source.name}: ${entries.length.toLocaleString('en')} pictures of ${height} × ${width}, ${channels === 1 ? 'grey' : 'in colour'}.`,
    provenance: `${entries.length} pictures (SHA-256 of the items: ${prepared.sha256.slice(0, 16)})`,
    bad: [...source.faults, ...prepared.bad],
    notes,
  };
  return {
    ...rest,
    ...splits(assignParts(entries, options), {
      store,
      dtype: 'uint8',
      itemSize: prepared.itemSize,
      labels: labelled.labels,
      factors,
      valueRange: [0, 1],
    }),
  };
}

async function loadArrays(options: LoadDataOptions): Promise<LoadedData> {
  const { path, image, colour } = options;
  const arrays = await readArrays(path);
  const [first] = arrays.parts;
  if (!first) throw new LatentkitError('invalid-data', `${path} holds no pictures.`);
  const [height, width, channels] = first.itemShape;
  const other = arrays.parts.find(({ itemShape }) => itemShape.join() !== first.itemShape.join());
  if (other) {
    throw new LatentkitError(
      'invalid-data',
      `${path} holds pictures of ${first.itemShape.join(' × ')} and of ${other.itemShape.join(' × ')}; one shape was expected.`,
    );
  }
  if (image && (image[0] !== height || image[1] !== width)) {
    throw new ArgumentError(
      'image size',
      `${height} × ${width}, which the arrays have (they are taken as they are)`,
      `${image[0]} × ${image[1]}`,
    );
  }
  if (colour && (colour === 'grey') !== (channels === 1)) {
    throw new ArgumentError(
      'colour',
      `${channels === 1 ? "'grey'" : "'rgb'"}, which the arrays have`,
      colour,
    );
  }
  const total = arrays.parts.reduce((sum, { count }) => sum + count, 0);
  requireTwo(total, path);
  const packed = packArrays(arrays);
  const ids = arrays.parts.flatMap(({ part, count }) =>
    Array.from({ length: count }, (_, i) => ({ id: `${part ?? ''}/${i}`, part })),
  );
  const labels = arrays.parts.flatMap(({ labels: known, count }) =>
    known ? known.map(String) : new Array<undefined>(count).fill(undefined),
  );
  const labelled = labelsOf(labels);
  return {
    name: arrays.name,
    itemShape: [height, width, channels],
    labelNames: labelled.names,
    description: `${arrays.name}: ${total.toLocaleString('en')} pictures of ${height} × ${width}, ${channels === 1 ? 'grey' : 'in colour'}.`,
    provenance: `${total} items of arrays (SHA-256 of the values: ${arrays.sha256.slice(0, 16)})`,
    bad: [],
    notes: [],
    ...splits(assignParts(ids, options), {
      ...packed,
      itemSize: height * width * channels,
      labels: labelled.labels,
      factors: undefined,
    }),
  };
}

/** Arrays one after the other in shared memory, and the range of their values. */
function packArrays({ parts }: ArrayFiles): Pick<Store, 'store' | 'dtype' | 'valueRange'> {
  const isBytes = parts.every(({ values }) => values instanceof Uint8Array);
  const width = isBytes ? 1 : 4;
  const size = parts.reduce((sum, { values }) => sum + values.length, 0);
  const bytes = new SharedArrayBuffer(size * width);
  const all = isBytes ? new Uint8Array(bytes) : new Float32Array(bytes);
  let at = 0;
  for (const { values } of parts) {
    all.set(values, at);
    at += values.length;
  }
  const store = { kind: 'memory', bytes } as const;
  if (isBytes) return { store, dtype: 'uint8', valueRange: [0, 1] };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of all) {
    if (!Number.isFinite(value)) {
      throw new LatentkitError(
        'invalid-data',
        `The arrays hold ${value}; finite values were expected.`,
      );
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // The ranges in which pictures usually come; others as they are found.
  const usual = (
    [
      [0, 1],
      [-1, 1],
      [0, 255],
    ] as const
  ).find(([a, b]) => low >= a && high <= b);
  return { store, dtype: 'float32', valueRange: usual ?? [low, high] };
}

interface Store {
  readonly store: ItemStore;
  readonly dtype: PackedItems['dtype'];
  readonly itemSize: number;
  readonly labels: Uint16Array;
  readonly factors: Factors | undefined;
  readonly valueRange: readonly [number, number];
}

function splits(
  parts: readonly Part[],
  { store, dtype, itemSize, labels, factors, valueRange }: Store,
): Pick<Dataset, 'train' | 'test' | 'validation' | 'valueRange'> {
  const scale = dtype === 'uint8' ? 1 / 255 : 1;
  const split = (wanted: Part): Split => {
    const rows = Uint32Array.from(parts.flatMap((part, row) => (part === wanted ? [row] : [])));
    const width = factors?.names.length ?? 0;
    const chosen = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      if (factors) chosen.set(factors.values.subarray(row * width, (row + 1) * width), i * width);
    });
    return {
      images: { store, dtype, itemSize, scale, offset: 0, rows },
      labels: Uint16Array.from(rows, (row) => labels[row] as number),
      ...(factors ? { factors: { names: factors.names, values: chosen } } : {}),
      count: rows.length,
    };
  };
  const validation = split('validation');
  return {
    valueRange,
    train: split('train'),
    test: split('test'),
    ...(validation.count > 0 ? { validation } : {}),
  };
}

/** Numbers for the names of labels, in order; none unless every item has one. */
function labelsOf(labels: readonly (string | undefined)[]): {
  readonly names: readonly string[];
  readonly labels: Uint16Array;
} {
  const none = { names: [], labels: new Uint16Array(labels.length) };
  if (labels.some((label) => label === undefined)) return none;
  const names = [...new Set(labels as readonly string[])];
  const numeric = names.every((name) => /^\d+$/.test(name));
  names.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
  if (names.length > 65_536) {
    throw new LatentkitError('invalid-data', `${names.length} classes are more than 65,536.`);
  }
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { names, labels: Uint16Array.from(labels, (label) => numbers.get(label as string) ?? 0) };
}

function factorsOf(
  entries: readonly PictureEntry[],
  names: readonly string[],
): Factors | undefined {
  if (names.length === 0) return undefined;
  return { names, values: Float32Array.from(entries.flatMap(({ factors = [] }) => [...factors])) };
}

function requireTwo(count: number, location: string): void {
  if (count < 2) {
    throw new LatentkitError(
      'invalid-data',
      `${location} holds a single picture; at least two are needed, one to learn from and one to test on.`,
    );
  }
}
