import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { readZip } from '../sources/archives/zip-source.ts';
import type { Part } from '../sources/picture-source.ts';
import { parseIdx } from './idx.ts';
import { parseNpy } from './npy.ts';

/** Pictures and labels of one part of arrays, or of all of it. */
export interface ArrayPart {
  readonly part: Part | undefined;
  /** [count × height × width × channels]; bytes, or floats. */
  readonly values: Uint8Array | Float32Array;
  readonly count: number;
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  readonly labels: readonly number[] | undefined;
}

export interface ArrayFiles {
  readonly name: string;
  readonly parts: readonly ArrayPart[];
  /** Of all values, in order. */
  readonly sha256: string;
}

interface NamedArray {
  readonly source: string;
  readonly dims: readonly number[];
  readonly values: Uint8Array | Float32Array | Float64Array;
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
 * @throws LatentkitError `invalid-data` for damaged files, and for arrays that are no pictures
 */
export async function readArrays(path: string): Promise<ArrayFiles> {
  const found = await stat(path);
  const name = basename(path).replace(/\.(npy|npz|gz)$/i, '');
  const parts = found.isDirectory() ? await idxFolder(path) : await arrayFile(path);
  const hash = createHash('sha256');
  for (const { values } of parts) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return { name, parts, sha256: hash.digest('hex') };
}

async function arrayFile(path: string): Promise<ArrayPart[]> {
  if (/\.npz$/i.test(path)) return npzParts(path);
  if (/\.npy$/i.test(path)) return [toPart(undefined, await npyArray(path))];
  const labels = path.replace('images', 'labels').replace('idx3', 'idx1');
  const beside = labels !== path && existsSync(labels) ? await idxArray(labels) : undefined;
  return [toPart(undefined, await idxArray(path), beside)];
}

async function npzParts(path: string): Promise<ArrayPart[]> {
  const arrays = new Map<string, NamedArray>();
  for (const { path: file, bytes } of await readZip(path, (name) => name.endsWith('.npy'))) {
    const source = `${path}/${file}`;
    const { head, values } = parseNpy(bytes, source);
    arrays.set(file.replace(/\.npy$/, '').toLowerCase(), { source, dims: head.dims, values });
  }
  const find = (names: readonly string[]) => {
    const name = names.find((known) => arrays.has(known));
    return name === undefined ? undefined : (arrays.get(name) as NamedArray);
  };
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
    const labels = find(words.flatMap((word) => of(LABEL_NAMES, word)));
    return images ? [toPart(part, images, labels)] : [];
  });
  if (parts.length > 0) return parts;
  const images = find(IMAGE_NAMES) ?? (arrays.size === 1 ? [...arrays.values()][0] : undefined);
  if (!images) {
    throw new LatentkitError(
      'invalid-data',
      `${path} holds ${[...arrays.keys()].join(', ') || 'no arrays'}; an array 'images' (or 'x') was expected, with 'labels' (or 'y') where there are such, or 'x_train', 'y_train', 'x_test', 'y_test'.`,
    );
  }
  return [toPart(undefined, images, find(LABEL_NAMES))];
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
    [`${part}-${kind}-ubyte`, `${part}-${kind}-ubyte.gz`, `${part}-${kind.replace('-', '.')}-ubyte`]
      .map((name) => join(folder, name))
      .find((path) => existsSync(path));
  return { images: find('images-idx3'), labels: find('labels-idx1') };
}

async function idxArray(path: string): Promise<NamedArray> {
  const { dims, data } = parseIdx(await readFile(path), path);
  return { source: path, dims, values: data };
}

async function npyArray(path: string): Promise<NamedArray> {
  const { head, values } = parseNpy(await readFile(path), path);
  return { source: path, dims: head.dims, values };
}

function toPart(part: Part | undefined, images: NamedArray, labels?: NamedArray): ArrayPart {
  const { dims, source, values } = images;
  const [count = 0, height = 0, width = 0, channels = 1] = dims;
  const isPicture = (dims.length === 3 || dims.length === 4) && [1, 3, 4].includes(channels);
  if (!isPicture || count === 0 || height < 2 || width < 2) {
    throw new LatentkitError(
      'invalid-data',
      `${source} holds ${dims.join(' × ') || 'single'} values; pictures [n, height, width] or [n, height, width, channels] with 1, 3 or 4 channels were expected.`,
    );
  }
  if (labels && (labels.dims.length !== 1 || labels.dims[0] !== count)) {
    throw new LatentkitError(
      'invalid-data',
      `${labels.source} holds ${labels.dims.join(' × ')} labels, but ${source} holds ${count} pictures. The two do not belong together.`,
    );
  }
  return {
    part,
    values: values instanceof Float64Array ? Float32Array.from(values) : values,
    count,
    itemShape: [height, width, channels],
    labels: labels && Array.from(labels.values),
  };
}
