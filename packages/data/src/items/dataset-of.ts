import { createHash } from 'node:crypto';
import { ArgumentError, sizeOf } from '@latentkit/core';
import { checkInteger, checkList, checkOptions, checkText } from '@latentkit/core/runtime';
import { assignParts, checkPartOptions, type PartOptions } from './assign-parts.ts';
import type { Dataset, Factors } from './dataset.ts';
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
  /** The class of each item, by name or number; none by default. */
  readonly labels?: ArrayLike<string | number> | undefined;
  /** What each item was made from, where that is known. */
  readonly factors?: Factors | undefined;
  /** What each item is called; the split goes by it. Positions by default. */
  readonly ids?: readonly string[] | undefined;
  /** What the data are called on the card; `'own'` by default. */
  readonly name?: string | undefined;
}

/**
 * A data set of arrays that a program has: what `train` of `@latentkit/training` takes as `data`. The items are copied
 * once, into memory that threads share, and split for good by a hash of their ids.
 *
 * The range of values is [0, 1] for bytes; for floats the first of [0, 1], [-1, 1] and [0, 255] that holds them all, or
 * else from the smallest to the largest.
 *
 * @throws ArgumentError for arrays that do not fit each other; LatentkitError `invalid-data` for a value that is not finite
 */
export function datasetOf(items: OwnItems): Dataset {
  checkOptions(items, '{ images, itemShape: [28, 28, 1] }');
  const { images, itemShape, labels, factors, ids, name = 'own', ...parts } = items;
  const values = valuesOf(images);
  checkList('itemShape', itemShape, '[height, width, channels]');
  if (itemShape.length !== 3) {
    throw new ArgumentError('itemShape', '[height, width, channels]', itemShape);
  }
  for (const side of itemShape) checkInteger('itemShape', side, 1);
  checkText('name', name);
  checkPartOptions(parts);
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
  const named = nameLabels(Array.from({ length: count }, (_, i) => labels && String(labels[i])));
  const assigned = assignParts(
    Array.from({ length: count }, (_, i) => ({ id: ids?.[i] ?? String(i) })),
    parts,
  );
  const [height, width, channels] = itemShape;
  return {
    name,
    itemShape: [height, width, channels],
    labelNames: named.names,
    description: `${name}: ${count.toLocaleString('en')} items of ${itemShape.join(' × ')} that a program gave.`,
    provenance: `${count} items that a program gave (SHA-256 of the values: ${digest(values).slice(0, 16)})`,
    ...splitItems(assigned, {
      ...packArrays([{ values }]),
      itemSize,
      labels: named.labels,
      factors,
    }),
  };
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
