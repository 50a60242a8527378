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
import { checkNames, checkOptions } from '@latentkit/core/runtime';
import { isArrayFile, readArrays } from './arrays/array-files.ts';
import { COLOURS, type ItemColour } from './colours.ts';
import {
  assignParts,
  checkPartOptions,
  groupNotes,
  type PartOptions,
} from './items/assign-parts.ts';
import type { Dataset, Factors } from './items/dataset.ts';
import { DEFAULT_MEMORY, openStore } from './items/hold-in-memory.ts';
import { provenanceOf } from './items/identity.ts';
import { nameLabels } from './items/name-labels.ts';
import { packArrays } from './items/pack-arrays.ts';
import { splitItems } from './items/split-items.ts';
import { type PrepareProgress, prepare } from './prepare/prepare.ts';
import { checkPath, openPictures } from './sources/open-source.ts';
import type { Fault, PictureEntry, PictureSource } from './sources/picture-source.ts';
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

const OPTIONS: Readonly<Record<keyof LoadDataOptions, true>> = {
  path: true,
  image: true,
  colour: true,
  fit: true,
  background: true,
  testShare: true,
  validationShare: true,
  group: true,
  maxBad: true,
  memory: true,
  cacheDir: true,
  signal: true,
  onProgress: true,
};

/**
 * Loads a data set of one's own: pictures are prepared once in the cache folder, arrays are taken as
 * they are; both are split into training and test items for good.
 *
 * @throws ArgumentError for an unknown option, or one outside its domain; LatentkitError `not-found`, `invalid-data`,
 *   `missing-dependency`, `unwritable`; AbortedError
 */
export async function loadData(options: LoadDataOptions): Promise<LoadedData> {
  checkNames(options, OPTIONS, "{ path: 'pictures' }");
  checkDataOptions(options);
  checkPath(options.path);
  return (await isArrayFile(options.path)) ? loadArrays(options) : loadPictures(options);
}

/** @throws ArgumentError for the first option outside its domain */
export function checkDataOptions(options: Omit<LoadDataOptions, 'path'>): void {
  checkOptions(options);
  const { image, colour, fit, background, memory } = options;
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
  checkPartOptions(options);
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
    const colours = colour
      ? ''
      : chosen === 'grey'
        ? 'No picture has colour.'
        : 'The pictures are in colour.';
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
  const labelled = nameLabels(entries.map(({ label }) => label));
  const factors = factorsOf(entries, source.factorNames);
  const parts = assignParts(entries, options);
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
    provenance: provenanceOf(`${entries.length} pictures`, prepared.sha256, {
      ids: entries.map(({ id }) => id),
      parts,
      labels: labelled.labels,
      labelNames: labelled.names,
      factors,
    }),
    bad: [...source.faults, ...prepared.bad],
    notes: [...notes, ...groupNotes(entries, options)],
  };
  return {
    ...rest,
    ...splitItems(parts, {
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
  const packed = packArrays(arrays.parts, height * width * channels);
  const items = arrays.parts.flatMap(({ part, count }) =>
    Array.from({ length: count }, (_, i) => ({ id: `${part ?? ''}/${i}`, part })),
  );
  const labels = arrays.parts.flatMap(({ labels: known, count }) =>
    known ? known.map(String) : new Array<undefined>(count).fill(undefined),
  );
  const labelled = nameLabels(labels);
  const parts = assignParts(items, options);
  return {
    name: arrays.name,
    itemShape: [height, width, channels],
    labelNames: labelled.names,
    description: `${arrays.name}: ${total.toLocaleString('en')} pictures of ${height} × ${width}, ${channels === 1 ? 'grey' : 'in colour'}.`,
    provenance: provenanceOf(`${total} items of arrays`, arrays.sha256, {
      ids: items.map(({ id }) => id),
      parts,
      labels: labelled.labels,
      labelNames: labelled.names,
      factors: undefined,
    }),
    bad: [],
    notes: [...unusedNotes(options), ...groupNotes(items, options)],
    ...splitItems(parts, {
      ...packed,
      itemSize: height * width * channels,
      labels: labelled.labels,
      factors: undefined,
    }),
  };
}

/** The card of a model brings its own along, so that they are no fault. */
function unusedNotes({ fit = 'cover', background = 'white' }: ItemOptions): string[] {
  const unused = [
    ...(fit === 'cover' ? [] : [`fit '${fit}'`]),
    ...(parseColour(background).join() === parseColour('white').join()
      ? []
      : [`background '${background}'`]),
  ];
  if (unused.length === 0) return [];
  return [`Arrays are taken as they are: ${unused.join(' and ')} changes nothing of them.`];
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
