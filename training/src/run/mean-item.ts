import { itemSizeOf, readItems, type Split } from '@latentkit/data';

/** Items read at a time. */
const BLOCK = 512;

/** The mean of the items of a split, element by element. */
export function meanItem(split: Split): Float32Array {
  const size = itemSizeOf(split);
  const sums = new Float64Array(size);
  for (let from = 0; from < split.count; from += BLOCK) {
    const values = readItems(split, from, Math.min(split.count, from + BLOCK));
    for (let i = 0; i < values.length; i += size) {
      for (let j = 0; j < size; j++) sums[j] = (sums[j] as number) + (values[i + j] as number);
    }
  }
  return Float32Array.from(sums, (sum) => sum / split.count);
}
