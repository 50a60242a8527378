import { checkList, checkObject } from '@latentkit/core/runtime';
import type { Dataset, Split } from './dataset.ts';
import { checkItems, itemSizeOf, readItems } from './packed-items.ts';

/** An item of one part that looks like one of another. */
export interface NearDuplicate {
  /** Positions in the two parts. */
  readonly train: number;
  readonly test: number;
}

/** Side of the grid of differences: 64 bits an item, as two numbers of 32. */
const GRID = 8;
/** Bits in which near duplicates may differ, and mean difference of their values, as a share of the range. */
const MAX_BITS = 3;
const MAX_DIFFERENCE = 0.03;
/** Items that share a part of their bits and are compared: flat pictures would be compared with all. */
const MAX_CANDIDATES = 32;
const BLOCK = 512;

/**
 * Test items that nearly equal a training item: at most 3 of 64 bits of their difference hashes (Krawetz
 * 2013) differ, and their values by less than 3 % of the range on average. A figure on such items
 * measures memory.
 */
export function nearDuplicates(dataset: Dataset): NearDuplicate[] {
  checkObject('dataset', dataset, 'a data set');
  const { itemShape, valueRange, train, test } = dataset;
  checkItems('dataset.train', train);
  checkItems('dataset.test', test);
  checkList('dataset.itemShape', itemShape);
  checkList('dataset.valueRange', valueRange);
  const known = hashes(train, itemShape);
  const asked = hashes(test, itemShape);
  const buckets = new Map<number, number[]>();
  for (let i = 0; i < train.count; i++) {
    for (const key of keys(known, i)) {
      const bucket = buckets.get(key);
      if (!bucket) buckets.set(key, [i]);
      else if (bucket.length < MAX_CANDIDATES) bucket.push(i);
    }
  }
  const limit = MAX_DIFFERENCE * (valueRange[1] - valueRange[0]);
  const found: NearDuplicate[] = [];
  for (let i = 0; i < test.count; i++) {
    const candidates = new Set(keys(asked, i).flatMap((key) => buckets.get(key) ?? []));
    for (const candidate of candidates) {
      if (distance(asked, i, known, candidate) > MAX_BITS) continue;
      if (meanDifference(test, i, train, candidate) >= limit) continue;
      found.push({ train: candidate, test: i });
      break;
    }
  }
  return found;
}

/** Two numbers an item: whether each cell of a grid of 9 × 8 is brighter than the one on its right. */
function hashes(split: Split, [height, width, channels]: Dataset['itemShape']): Uint32Array {
  const bits = new Uint32Array(2 * split.count);
  const size = itemSizeOf(split);
  const cells = new Float64Array(GRID * (GRID + 1));
  const row = Array.from({ length: height }, (_, y) => Math.floor((y * GRID) / height));
  const column = Array.from({ length: width }, (_, x) => Math.floor((x * (GRID + 1)) / width));
  const areas = new Float64Array(cells.length);
  for (const r of row)
    for (const c of column)
      areas[r * (GRID + 1) + c] = (areas[r * (GRID + 1) + c] as number) + channels;
  for (let from = 0; from < split.count; from += BLOCK) {
    const to = Math.min(split.count, from + BLOCK);
    const values = readItems(split, from, to);
    for (let i = from; i < to; i++) {
      cells.fill(0);
      let at = (i - from) * size;
      for (let y = 0; y < height; y++) {
        const start = (row[y] as number) * (GRID + 1);
        for (let x = 0; x < width; x++) {
          const cell = start + (column[x] as number);
          for (let c = 0; c < channels; c++)
            cells[cell] = (cells[cell] as number) + (values[at++] as number);
        }
      }
      const mean = (cell: number) => (cells[cell] as number) / Math.max(1, areas[cell] as number);
      for (let bit = 0; bit < GRID * GRID; bit++) {
        const cell = Math.floor(bit / GRID) * (GRID + 1) + (bit % GRID);
        if (mean(cell) <= mean(cell + 1)) continue;
        const word = 2 * i + (bit >> 5);
        bits[word] = (bits[word] as number) | (1 << (bit & 31));
      }
    }
  }
  return bits;
}

/** Four parts of the bits: two items that differ in no more than three have one in common. */
function keys(bits: Uint32Array, i: number): number[] {
  const [a, b] = [bits[2 * i] as number, bits[2 * i + 1] as number];
  return [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16].map((part, place) => place * 65536 + part);
}

function distance(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return (
    ones((a[2 * i] as number) ^ (b[2 * j] as number)) +
    ones((a[2 * i + 1] as number) ^ (b[2 * j + 1] as number))
  );
}

function ones(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count++;
  return count;
}

function meanDifference(a: Split, i: number, b: Split, j: number): number {
  const [x, y] = [readItems(a, i, i + 1), readItems(b, j, j + 1)];
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += Math.abs((x[k] as number) - (y[k] as number));
  return sum / x.length;
}
