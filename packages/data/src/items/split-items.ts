import type { Part } from '../sources/picture-source.ts';
import type { Dataset, Factors, Split } from './dataset.ts';
import type { ItemStore, PackedItems } from './packed-items.ts';

/** All items of a data set, in a store, with what is known of them. */
export interface StoredItems {
  readonly store: ItemStore;
  readonly dtype: PackedItems['dtype'];
  readonly itemSize: number;
  readonly labels: Uint16Array;
  readonly factors: Factors | undefined;
  readonly valueRange: readonly [number, number];
}

/** The parts of a data set, each item in the one that is named for it. */
export function splitItems(
  parts: readonly Part[],
  { store, dtype, itemSize, labels, factors, valueRange }: StoredItems,
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
