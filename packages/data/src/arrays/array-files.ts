import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { readZip } from '../sources/archives/zip-source.ts';
import type { Part } from '../sources/picture-source.ts';
import { ofSource } from '../sources/went-away.ts';
import { parseIdx } from './idx.ts';
import { type NpyType, parseNpy, parseNpyTexts } from './npy.ts';

/** Pictures and labels of one part of arrays, or of all of it. */
export interface ArrayPart {
  readonly part: Part | undefined;
  /** Its file, and the name within it where it has one: for messages. */
  readonly source: string;
  /** NumPy's name of the type in which it was stored. */
  readonly type: NpyType['name'];
  /** [count × height × width × channels]; bytes of 0 to 255 for uint8 and bool, floats for all others. */
  readonly values: Uint8Array | Float32Array;
  readonly count: number;
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  /** Whole numbers, or names. */
  readonly labels: readonly (number | string)[] | undefined;
}

export interface ArrayFiles {
  readonly name: string;
  readonly parts: readonly ArrayPart[];
  /** Of all values, in order. */
  readonly sha256: string;
}

interface NamedArray {
  readonly source: string;
  readonly type: NpyType['name'];
  readonly dims: readonly number[];
  readonly values: Uint8Array | Float32Array | Float64Array;
}

/** The labels of an array of pictures: numbers or names. */
interface NamedLabels {
  readonly source: string;
  readonly dims: readonly number[];
  readonly values: ArrayLike<number> | readonly string[];
}

const IMAGE_NAMES = ['images', 'x', 'imgs', 'data', 'arr_0'];
const LABEL_NAMES = ['labels', 'y', 'label', 'targets', 'arr_1'];

/** Whether a path names arrays: an IDX file, a folder of them, an .npy or .npz. */
export async function isArrayFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    return idxFiles(path, 'train').images !== undefined;
  }
  return found !== undefined && /(\.np[yz]|idx\d-ubyte(\.gz)?|\.idx\d?(\.gz)?)$/i.test(path);
}

/**
 * Reads arrays of pictures: [n, height, width] or [n, height, width, channels].
 *
 * - an IDX file of pictures; `…labels-idx1…` beside `…images-idx3…` are its labels;
 * - a folder with `train-images-idx3-ubyte` (and labels, and `t10k-…` or `test-…`), gzipped or not;
 * - an .npy; an .npz with `images` (or `x`, `arr_0`) and `labels` (or `y`, `arr_1`), or with
 *   `x_train`, `y_train`, `x_test`, `y_test`.
 *
 * @throws LatentkitError `not-found` for files that are gone, `invalid-data` for damaged ones, for arrays that are no pictures, and for labels that are none
 */
export async function readArrays(path: string): Promise<ArrayFiles> {
  const found = await ofSource(path, () => stat(path));
  const name = basename(path).replace(/\.(npy|npz|gz)$/i, '');
  const parts = await ofSource(path, () =>
    found.isDirectory() ? idxFolder(path) : arrayFile(path),
  );
  const hash = createHash('sha256');
  for (const { values } of parts) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return { name, parts, sha256: hash.digest('hex') };
}

async function arrayFile(path: string): Promise<ArrayPart[]> {
  if (/\.npz$/i.test(path)) return npzParts(path);
  if (/\.npy$/i.test(path)) return [toPart(undefined, await npyArray(path))];
  const labels = labelsBeside(path);
  const beside = labels === undefined ? undefined : await idxArray(labels);
  return [toPart(undefined, await idxArray(path), beside)];
}

/** The IDX file of the labels of one of pictures, gzipped or not, whichever its neighbour is. */
function labelsBeside(path: string): string | undefined {
  const images = basename(path);
  const labels = images
    .replace(/^(.*)images/, '$1labels')
    .replace('idx3', 'idx1')
    .replace(/\.gz$/i, '');
  if (labels === images.replace(/\.gz$/i, '')) return undefined;
  return [labels, `${labels}.gz`]
    .map((name) => join(dirname(path), name))
    .find((beside) => existsSync(beside));
}

async function npzParts(path: string): Promise<ArrayPart[]> {
  // Read where it is used: what else stands there may be of any type.
  const arrays = new Map<string, { readonly bytes: Uint8Array; readonly source: string }>();
  for (const { path: file, bytes } of await readZip(path, (name) => name.endsWith('.npy'))) {
    arrays.set(file.replace(/\.npy$/, '').toLowerCase(), { bytes, source: `${path}/${file}` });
  }
  const read = <T>(names: readonly string[], as: (bytes: Uint8Array, source: string) => T) => {
    const found = arrays.get(names.find((known) => arrays.has(known)) ?? '');
    return found && as(found.bytes, found.source);
  };
  const find = (names: readonly string[]) => read(names, namedArray);
  const findLabels = (names: readonly string[]) => read(names, namedLabels);
  const of = (names: readonly string[], part: string) =>
    names.flatMap((name) => [`${name}_${part}`, `${part}_${name}`]);
  const parts = (
    [
      ['train', ['train']],
      ['validation', ['val', 'valid', 'validation']],
      ['test', ['test']],
    ] as const
  ).flatMap(([part, words]) => {
    const images = find(words.flatMap((word) => of(IMAGE_NAMES, word)));
    const labels = findLabels(words.flatMap((word) => of(LABEL_NAMES, word)));
    return images ? [toPart(part, images, labels)] : [];
  });
  if (parts.length > 0) return parts;
  const images = find(IMAGE_NAMES) ?? (arrays.size === 1 ? find([...arrays.keys()]) : undefined);
  if (!images) {
    throw new LatentkitError(
      'invalid-data',
      `${path} holds ${[...arrays.keys()].join(', ') || 'no arrays'}; an array 'images' (or 'x') was expected, with 'labels' (or 'y') where there are such, or 'x_train', 'y_train', 'x_test', 'y_test'.`,
    );
  }
  return [toPart(undefined, images, findLabels(LABEL_NAMES))];
}

async function idxFolder(folder: string): Promise<ArrayPart[]> {
  const parts: ArrayPart[] = [];
  for (const [part, names] of [
    ['train', ['train']],
    ['test', ['t10k', 'test']],
  ] as const) {
    for (const name of names) {
      const { images, labels } = idxFiles(folder, name);
      if (!images || parts.some((known) => known.part === part)) continue;
      parts.push(
        toPart(
          part,
          await idxArray(images),
          labels === undefined ? undefined : await idxArray(labels),
        ),
      );
    }
  }
  return parts;
}

function idxFiles(folder: string, part: string) {
  const find = (kind: string) =>
    [`${part}-${kind}-ubyte`, `${part}-${kind.replace('-', '.')}-ubyte`]
      .flatMap((name) => [name, `${name}.gz`])
      .map((name) => join(folder, name))
      .find((path) => existsSync(path));
  return { images: find('images-idx3'), labels: find('labels-idx1') };
}

async function idxArray(path: string): Promise<NamedArray> {
  const { dims, data } = parseIdx(await readFile(path), path);
  return { source: path, type: 'uint8', dims, values: data };
}

async function npyArray(path: string): Promise<NamedArray> {
  return namedArray(await readFile(path), path);
}

function namedArray(bytes: Uint8Array, source: string): NamedArray {
  const { head, values } = parseNpy(bytes, source);
  return { source, type: head.dtype.name, dims: head.dims, values };
}

function namedLabels(bytes: Uint8Array, source: string): NamedLabels {
  const texts = parseNpyTexts(bytes, source);
  return texts ? { source, ...texts } : namedArray(bytes, source);
}

function toPart(part: Part | undefined, images: NamedArray, labels?: NamedLabels): ArrayPart {
  const { dims, source, type } = images;
  const [count = 0, height = 0, width = 0, channels = 1] = dims;
  const isPicture = (dims.length === 3 || dims.length === 4) && [1, 3, 4].includes(channels);
  if (!isPicture || count === 0 || height < 2 || width < 2) {
    const shape = '[n, height, width] or [n, height, width, channels]';
    const wanted = isPicture
      ? `at least one picture of ${shape}, 2 or more high and wide, was expected. Items with a side of 1 are no pictures: a program trains on them, by datasetOf of @latentkit/data`
      : `pictures ${shape} with 1, 3 or 4 channels were expected`;
    throw new LatentkitError(
      'invalid-data',
      `${source} holds ${dims.join(' × ') || 'single'} values; ${wanted}.`,
    );
  }
  if (labels && (labels.dims.length !== 1 || labels.dims[0] !== count)) {
    throw new LatentkitError(
      'invalid-data',
      `${labels.source} holds ${labels.dims.join(' × ')} labels, but ${source} holds ${count} pictures. The two do not belong together.`,
    );
  }
  const classes = labels && Array.from<number | string>(labels.values);
  const noClass = classes?.findIndex(
    (label) => typeof label === 'number' && !Number.isInteger(label),
  );
  if (classes && noClass !== undefined && noClass >= 0) {
    throw new LatentkitError(
      'invalid-data',
      `${labels?.source}: label ${noClass} is ${classes[noClass]}; a whole number, or a name, for each picture was expected. Labels are classes: give it one, or leave the labels out.`,
    );
  }
  return {
    part,
    source,
    type,
    values: itemValues(images),
    count,
    itemShape: [height, width, channels],
    labels: classes,
  };
}

/** Bytes of black to white, where the array is of bytes or of yes and no; floats as they are. */
function itemValues({ source, type, values }: NamedArray): Uint8Array | Float32Array {
  if (values instanceof Uint8Array) {
    return type === 'bool' ? values.map((value) => 255 * value) : values;
  }
  if (values instanceof Float32Array) return values;
  const large = values.find(
    (value) => Number.isFinite(value) && !Number.isFinite(Math.fround(value)),
  );
  if (large !== undefined) {
    throw new LatentkitError(
      'invalid-data',
      `${source} holds ${large}, which is beyond float32 (3.4e38): scale its values down.`,
    );
  }
  return Float32Array.from(values);
}
