import { expect, test } from '@jest/globals';
import { posteriorNoise } from '@latentkit/core/runtime';
import type { Split } from '@latentkit/data';
import type { Engine } from '../engines/engine.ts';
import { TEST_NOISE_SEED, testTerms } from './test-terms.ts';

const LATENT = 2;

/** Items of a size, of which each holds its own number throughout. */
function itemsOf(count: number, side: number): Split<Float32Array> {
  const images = new Float32Array(count * side * side).map((_, i) => Math.floor(i / side ** 2));
  return { images, labels: new Uint8Array(count), count };
}

/** Notes what it is asked for; its loss is the mean of the items' numbers. */
function noting(itemSize: number) {
  const asked: { rows: number; items: number[]; noise: number[]; labels: boolean }[] = [];
  const evaluate: Engine['evaluate'] = async ({ items, noise, labels }) => {
    const rows = items.length / itemSize;
    const own = Array.from({ length: rows }, (_, i) => items[i * itemSize] as number);
    asked.push({ rows, items: own, noise: [...noise], labels: labels?.length === 3 * rows });
    const loss = own.reduce((sum, value) => sum + value, 0) / rows;
    return { loss, reconstruction: loss, kl: 0 };
  };
  return { engine: { evaluate } as Engine, asked };
}

test.each([
  ['small ones 500 at a time', 1030, 4, undefined, 500],
  ['of 384 × 384 in so small parts that they hold no more', 90, 384, undefined, 41],
  ['of a model that takes much memory in parts of its own', 1030, 4, 7, 7],
])(
  'items are tested once each, with the same noise: %s',
  async (_, count, side, testTogether, most) => {
    const { engine, asked } = noting(side * side);
    const model = { noiseSize: LATENT, labels: 3, testTogether };
    const terms = await testTerms(engine, itemsOf(count, side), model);
    expect(Math.max(...asked.map(({ rows }) => rows))).toBe(most);
    expect(asked.every(({ labels }) => labels)).toBe(true);
    const numbers = Array.from({ length: count }, (_, i) => i);
    expect(asked.flatMap(({ items }) => items)).toEqual(numbers);
    const drawn = [0, 500, 1000].flatMap((from, batch) => {
      const rows = Math.max(0, Math.min(500, count - from));
      const seed = TEST_NOISE_SEED + batch;
      return rows > 0 ? [...posteriorNoise(rows, LATENT, { seed }).data] : [];
    });
    expect(asked.flatMap(({ noise }) => noise)).toEqual(drawn);
    expect(terms.loss).toBeCloseTo((count - 1) / 2, 6);
  },
);
