import { availableParallelism } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { errorOf } from '../testing.ts';
import type { Metric } from './check-query.ts';
import { idleThreads } from './scan-threads.ts';
import { VectorIndex } from './vector-index.ts';

const draw = (count: number, seed: number) =>
  createRandom(seed, 'search').fillNormal(new Float32Array(count));

/** The definition, in 64-bit floats. */
function byDefinition(vectors: Float32Array, query: Float32Array, metric: Metric): number[] {
  const size = query.length;
  return Array.from({ length: vectors.length / size }, (_, row) => {
    let [dot, a, b, squared] = [0, 0, 0, 0];
    for (let i = 0; i < size; i++) {
      const [x, y] = [vectors[row * size + i]!, query[i]!];
      dot += x * y;
      a += x * x;
      b += y * y;
      squared += (x - y) ** 2;
    }
    if (metric === 'euclidean') return Math.sqrt(squared);
    return a === 0 || b === 0 ? 1 : 1 - dot / Math.sqrt(a * b);
  });
}

describe('VectorIndex', () => {
  test.each([
    [1, 1],
    [3, 2],
    [4, 4],
    [5, 7],
    [1000, 20],
    [4097, 64],
  ])('of %i vectors of %i numbers finds what the definition finds', async (count, size) => {
    const vectors = draw(count * size, 1);
    const index = new VectorIndex(vectors, size);
    for (const metric of ['cosine', 'euclidean'] as const) {
      for (const query of [draw(size, 2), vectors.slice(0, size), new Float32Array(size)]) {
        const wanted = byDefinition(vectors, query, metric);
        const found = await index.nearest(query, { k: 10, metric });
        expect(found).toHaveLength(Math.min(10, count));
        const sorted = wanted.slice().sort((a, b) => a - b);
        for (const [rank, { index: at, distance }] of found.entries()) {
          expect(distance).toBeCloseTo(wanted[at]!, 4);
          expect(distance).toBeCloseTo(sorted[rank]!, 4);
        }
        expect(new Set(found.map((one) => one.index)).size).toBe(found.length);
      }
    }
  });

  test('gives equals in their order, and all there are where k is larger', async () => {
    const index = new VectorIndex(Float32Array.of(1, 0, 2, 0, 0, 1, 1, 0), 2);
    const found = await index.nearest(Float32Array.of(1, 0), { k: 99, metric: 'cosine' });
    expect(found.map((one) => one.index)).toEqual([0, 1, 3, 2]);
    expect(found[3]?.distance).toBe(1);
    const near = await index.nearest(Float32Array.of(1, 0), { k: 2, metric: 'euclidean' });
    expect(near).toEqual([
      { index: 0, distance: 0 },
      { index: 3, distance: 0 },
    ]);
  });

  test.each([1e25, 1e18, 1e-18, 1e-25, 1e-36])(
    'finds angles of vectors whose squares leave single precision, of length %d',
    async (length) => {
      const directions = [0, 2, 1, 3, 0.5];
      const vectors = directions.flatMap((angle) => [
        length * Math.cos(angle),
        length * Math.sin(angle),
      ]);
      const index = new VectorIndex(Float32Array.from([...vectors, 0, 0, 1, 0.1]), 2);
      for (const scale of [1, length]) {
        const query = Float32Array.of(scale, 0);
        const found = await index.nearest(query);
        expect(found.map((one) => one.index)).toEqual([0, 6, 4, 2, 5, 1, 3]);
        const wanted = [0, 1 - 1 / Math.hypot(1, 0.1), 1 - Math.cos(0.5), 1 - Math.cos(1), 1];
        for (const [rank, distance] of wanted.entries()) {
          expect(found[rank]?.distance).toBeCloseTo(distance, 5);
        }
      }
    },
  );

  test('refuses distances that single precision cannot hold, where they are among the nearest', async () => {
    const index = new VectorIndex(Float32Array.of(1, 0, 1e20, 0, 0, 1e20), 2);
    const query = Float32Array.of(0, 1);
    const near = await index.nearest(query, { k: 1, metric: 'euclidean' });
    expect(near).toEqual([{ index: 0, distance: Math.sqrt(2) }]);
    expect(await errorOf(() => index.nearest(query, { metric: 'euclidean' }))).toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/^query and vector 1: expected distances up to 1e19/),
    });
    const longest = new VectorIndex(Float32Array.of(3e38, 3e38), 2);
    expect((await errorOf(() => longest.nearest(Float32Array.of(1, 1)))).message).toMatch(
      /^query and vector 0: expected lengths up to 1e38/,
    );
  });

  test('tells near vectors apart that are far from the origin', async () => {
    const index = new VectorIndex(Float32Array.of(10_000, 10_000.01, 10_000.02), 1);
    const found = await index.nearest(Float32Array.of(10_000.02), { metric: 'euclidean' });
    expect(found.map((one) => one.index)).toEqual([2, 1, 0]);
  });

  test('answers several searches at the same time', async () => {
    // More than is scanned in one go.
    const vectors = Float32Array.from({ length: 80_000 * 64 }, (_, i) => ((i * i) % 4093) - 2046);
    const index = new VectorIndex(vectors, 64);
    const rows = [5, 45_678, 79_999];
    const answers = await Promise.all(
      rows.map((row) => index.nearest(vectors.slice(row * 64, (row + 1) * 64), { k: 1 })),
    );
    for (const [i, [first]] of answers.entries()) {
      const row = (at: number) => vectors.slice(at * 64, (at + 1) * 64);
      expect(row(first!.index)).toEqual(row(rows[i]!));
    }
  });

  describe('of more than 32 MB', () => {
    const [count, size] = [160_001, 64];
    const vectors = draw(count * size, 3);
    const row = (at: number) => vectors.slice(at * size, (at + 1) * size);
    // The same vector in pieces that are far apart.
    for (const at of [159_999, 12_345, 80_000]) vectors.set(row(7), at * size);
    const index = new VectorIndex(vectors, size);
    const threads = async () => {
      while (idleThreads().length === 0) await after(5);
      return idleThreads().length;
    };
    // By now a search has begun, and it cannot end: threads answer when the event loop turns.
    const begun = async () => {
      for (let i = 0; i < 20; i++) await null;
    };
    const others = Math.min(availableParallelism(), 8) - 1;

    test('takes all cores, and gives equals in their order all the same', async () => {
      if (others > 0) await threads();
      for (const metric of ['cosine', 'euclidean'] as const) {
        for (let round = 0; round < 5; round++) {
          const search = index.nearest(row(7), { k: 20, metric });
          await begun();
          if (others > 0) expect(idleThreads().length).toBeLessThan(others);
          const found = await search;
          expect(found.slice(0, 4).map((one) => one.index)).toEqual([7, 12_345, 80_000, 159_999]);
          const wanted = byDefinition(vectors, row(7), metric).sort((a, b) => a - b);
          for (const [rank, { distance }] of found.entries()) {
            expect(distance).toBeCloseTo(wanted[rank]!, 4);
          }
        }
      }
    });

    test('an abort ends one search and leaves the next ones whole', async () => {
      for (let round = 0; round < 20; round++) {
        const controller = new AbortController();
        const { signal } = controller;
        const aborted = errorOf(() => index.nearest(row(3), { signal }));
        const waiting = errorOf(() => index.nearest(row(4), { signal }));
        const next = index.nearest(row(5), { k: 1 });
        if (round % 2 === 0) await begun();
        controller.abort();
        expect((await aborted).code).toBe('aborted');
        expect((await waiting).code).toBe('aborted');
        expect((await next)[0]?.index).toBe(5);
      }
    });
  });

  test('may hold none', async () => {
    expect(await new VectorIndex(new Float32Array(0), 3).nearest(draw(3, 1))).toEqual([]);
  });

  test.each([
    ['k of 0', { k: 0 }, 'invalid-argument'],
    ['a metric that is none', { metric: 'hamming' }, 'invalid-argument'],
    ['no options', null, 'invalid-argument'],
    ['a signal that fired', { signal: AbortSignal.abort() }, 'aborted'],
  ])('refuses %s', async (_, options, code) => {
    const index = new VectorIndex(draw(8, 1), 2);
    expect((await errorOf(() => index.nearest(draw(2, 1), options as never))).code).toBe(code);
  });

  test('refuses queries and vectors that are none', async () => {
    const index = new VectorIndex(draw(8, 1), 2);
    for (const query of [draw(4, 1), draw(3, 1), [1, 2], Float32Array.of(1, Number.NaN)]) {
      expect((await errorOf(() => index.nearest(query as never))).code).toBe('invalid-input');
    }
    expect((await errorOf(() => new VectorIndex(draw(7, 1), 2))).code).toBe('invalid-input');
    expect((await errorOf(() => new VectorIndex(draw(7, 1), 0))).code).toBe('invalid-argument');
  });
});
