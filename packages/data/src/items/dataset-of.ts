import { createHash } from 'node:crypto';
import { ArgumentError, sizeOf } from '@latentkit/core';
import {
  checkFloats,
  checkInteger,
  checkList,
  checkNames,
  checkObject,
  checkText,
} from '@latentkit/core/runtime';
import { assignParts, checkPartOptions, type PartOptions } from './assign-parts.ts';
import type { Dataset, Factors } from './dataset.ts';
import { provenanceOf } from './identity.ts';
import { nameLabels } from './name-labels.ts';
import { packArrays } from './pack-arrays.ts';
import { splitItems } from './split-items.ts';

export interface OwnItems extends PartOptions {
  /**
   * The items one after the other, [count × height × width × channels]: bytes, which become values in [0, 1], or
   * finite floats.
   */
  readonly images: Uint8Array | Uint8ClampedArray | Float32Array;
  /** [height, width, channels]; of items that are no pictures [1, 1, values]. */
  readonly itemShape: readonly [height: number, width: number, channels: number];
  /** The class of each item, by name or finite number; none by default. */
  readonly labels?: ArrayLike<string | number> | undefined;
  /** What each item was made from, where that is known: finite numbers. */
  readonly factors?: Factors | undefined;
  /** What each item is called; the split goes by it, and items of one id stay in one part. Positions by default. */
  readonly ids?: readonly string[] | undefined;
  /** What the data are called on the card, 1 to 100 characters on one line; `'own'` by default. */
  readonly name?: string | undefined;
}

const OPTIONS: Readonly<Record<keyof OwnItems, true>> = {
  images: true,
  itemShape: true,
  labels: true,
  factors: true,
  ids: true,
  name: true,
  testShare: true,
  validationShare: true,
  group: true,
};

/**
 * A data set of arrays that a program has: what `train` of `@latentkit/training` takes as `data`. The items are copied
 * once, into memory that threads share, and split for good by a hash of their ids.
 *
 * The range of values is [0, 1] for bytes; for floats the first of [0, 1], [-1, 1] and [0, 255] that holds them all, or
 * else from the smallest to the largest.
 *
 * @throws ArgumentError for an unknown key, a name that no card may have, ids that are all one, arrays that do not fit each other, and for labels, ids and factors that
 *   are none; LatentkitError `invalid-data` for a value that is not finite
 */
export function datasetOf(items: OwnItems): Dataset {
  checkNames(items, OPTIONS, '{ images, itemShape: [28, 28, 1] }');
  const { images, itemShape, labels, factors, ids, name = 'own', ...shares } = items;
  const values = valuesOf(images);
  checkList('itemShape', itemShape, '[height, width, channels]');
  if (itemShape.length !== 3) {
    throw new ArgumentError('itemShape', '[height, width, channels]', itemShape);
  }
  for (const side of itemShape) checkInteger('itemShape', side, 1);
  checkName(name);
  checkPartOptions(shares);
  if (factors !== undefined) checkFactors(factors);
  const itemSize = sizeOf(itemShape);
  const count = values.length / itemSize;
  if (!Number.isInteger(count) || count < 2) {
    const wanted = `two or more items of ${itemShape.join(' × ')} = ${itemSize} values`;
    throw new ArgumentError('images', wanted, `${values.length} values`);
  }
  for (const [what, list, length] of [
    ['labels', labels, count],
    ['ids', ids, count],
    ['factors.values', factors?.values, count * (factors?.names.length ?? 0)],
  ] as const) {
    if (list !== undefined && list.length !== length) {
      throw new ArgumentError(what, `${length}, for ${count} items`, `${list.length}`);
    }
  }
  checkEach('labels', labels, 'a name or a finite number for each item', isLabel);
  checkEach('ids', ids, 'a string for each item', (id) => typeof id === 'string');
  const named = nameLabels(Array.from({ length: count }, (_, i) => labels && String(labels[i])));
  const names = Array.from({ length: count }, (_, i) => ids?.[i] ?? String(i));
  const parts = assignParts(
    names.map((id) => ({ id })),
    shares,
  );
  const [height, width, channels] = itemShape;
  const type = values instanceof Uint8Array ? 'uint8' : 'float32';
  return {
    name,
    itemShape: [height, width, channels],
    labelNames: named.names,
    description: `${name}: ${count.toLocaleString('en')} items of ${itemShape.join(' × ')} that a program gave.`,
    provenance: provenanceOf(`${count} items that a program gave`, digest(values), {
      ids: names,
      parts,
      labels: named.labels,
      labelNames: named.names,
      factors,
    }),
    ...splitItems(parts, {
      ...packArrays([{ source: 'images', type, values }], itemSize),
      itemSize,
      labels: named.labels,
      factors,
    }),
  };
}

/** A card has the name with that of the family behind it, in 200 characters. */
const MAX_NAME = 100;

/** What is on a card, and on a line of its README. */
function checkName(name: string): void {
  checkText('name', name);
  if (name.trim() === '' || name.length > MAX_NAME || /\p{Cc}/u.test(name)) {
    throw new ArgumentError('name', `1 to ${MAX_NAME} characters on one line`, name);
  }
}

const isLabel = (label: unknown) => typeof label === 'string' || Number.isFinite(label);

/** @throws ArgumentError for a list one of whose elements is another than it has to be */
function checkEach(
  argument: string,
  list: ArrayLike<unknown> | undefined,
  wanted: string,
  isSound: (element: unknown) => boolean,
): void {
  for (let i = 0; i < (list?.length ?? 0); i++) {
    if (!isSound(list?.[i])) throw new ArgumentError(`${argument}[${i}]`, wanted, list?.[i]);
  }
}

/** @throws ArgumentError */
function checkFactors(factors: Factors): void {
  checkObject('factors', factors, '{ names, values }');
  const { names, values } = factors;
  checkList('factors.names', names, 'the names of the factors');
  checkEach(
    'factors.names',
    names,
    'a name that no other factor has',
    (name) => typeof name === 'string' && names.indexOf(name) === names.lastIndexOf(name),
  );
  checkFloats('factors.values', values);
  checkEach('factors.values', values, 'a finite number', Number.isFinite);
}

function valuesOf(images: OwnItems['images']): Uint8Array | Float32Array {
  // By tag: an array of another realm is one, too.
  switch (Object.prototype.toString.call(images)) {
    case '[object Uint8Array]':
      return images as Uint8Array;
    case '[object Float32Array]':
      return images as Float32Array;
    case '[object Uint8ClampedArray]':
      return new Uint8Array(images.buffer, images.byteOffset, images.length);
    default:
      throw new ArgumentError('images', 'a Uint8Array or a Float32Array', images);
  }
}

function digest({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}
