import { describe, expect, test } from '@jest/globals';
import { InputError } from '../errors/index.ts';
import type { NamedTensors } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { Codebook, codeRows } from './codebook.ts';

/** Five entries of two dimensions, of which a latent has a grid of 2 × 3: entry k is (k, k²). */
const LATENT = { size: 12, grid: [2, 3], codes: 5, dim: 2 } as const;
const ENTRIES = Array.from({ length: 5 }, (_, k) => [k, k * k]);

function codebook() {
  const runs: (readonly number[])[] = [];
  const failures: Error[] = [];
  let disposed = 0;
  const session = {
    run: async ({ indices }: NamedTensors) => {
      const failure = failures.pop();
      if (failure) throw failure;
      const { data, dims, dtype } = indices as Tensor<'int32'>;
      expect([dtype, dims.length, dims[1], dims[2]]).toEqual(['int32', 3, 2, 3]);
      expect(data).toHaveLength((dims[0] as number) * 6);
      runs.push(dims);
      const vectors = Float32Array.from(Array.from(data).flatMap((k) => ENTRIES[k] as number[]));
      return { z_q: tensor(vectors, [dims[0] as number, 2, 3, 2]) };
    },
    dispose: async () => {
      disposed++;
    },
  };
  const book = new Codebook(LATENT, session as unknown as Session);
  const rowsOf = (given: Int32Array) => codeRows(LATENT, session as unknown as Session, given, {});
  return { book, rowsOf, runs, failures, disposed: () => disposed };
}

const grids = (...indices: number[]) => Int32Array.from(indices);
const ofDims = (data: Int32Array, dims: readonly number[]): Tensor<'int32'> => ({
  data,
  dims,
  dtype: 'int32',
});

describe('lookup', () => {
  test.each([
    ['plain indices', grids(0, 1, 2, 3, 4, 0)],
    ['grids', ofDims(grids(0, 1, 2, 3, 4, 0), [1, 2, 3])],
    ['flat grids', ofDims(grids(0, 1, 2, 3, 4, 0), [1, 6])],
  ])('of %s: the vectors of the entries, one latent a row', async (_, given) => {
    const { data, dims } = await codebook().book.lookup(given);
    expect(dims).toEqual([1, 12]);
    expect(Array.from(data)).toEqual([0, 0, 1, 1, 2, 4, 3, 9, 4, 16, 0, 0]);
  });

  test('of some of the grids alone, when they are asked for', async () => {
    const { rowsOf, runs } = codebook();
    const indices = grids(...Array(6).fill(0), ...Array(6).fill(3), ...Array(6).fill(4));
    const { count, values } = rowsOf(indices);
    expect(count).toBe(3);
    expect(runs).toEqual([]);
    expect(Array.from(await values(1, 3)).slice(10, 14)).toEqual([3, 9, 4, 16]);
    expect(runs).toEqual([[2, 2, 3]]);
  });

  test.each<[string, unknown, string]>([
    ['floats', new Float32Array(6), 'codes: expected an int32 Tensor or Int32Array, received '],
    ['none', grids(), 'codes: expected [n, 2, 3] or n × 6 indices, received 0 indices.'],
    [
      'half a grid',
      grids(1, 2, 3),
      'codes: expected [n, 2, 3] or n × 6 indices, received 3 indices.',
    ],
    [
      'a grid that lies on its side',
      ofDims(new Int32Array(6), [1, 3, 2]),
      'received dims [1, 3, 2] over 6 indices.',
    ],
    ['rows of another length', ofDims(new Int32Array(12), [4, 3]), 'dims [4, 3] over 12 indices.'],
    [
      'an index beyond the entries',
      grids(0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0),
      'code 7: expected an index from 0 to 4, received 5.',
    ],
    [
      'the first index below none',
      grids(-1, 0, 0, 0, 0, 0),
      'code 0: expected an index from 0 to 4',
    ],
  ])('%s: refused', async (_, given, message) => {
    const looked = codebook().book.lookup(given as never);
    await expect(looked).rejects.toThrow(InputError);
    await expect(looked).rejects.toThrow(message);
  });

  test('places of wrong indices are counted from the first grid, whatever part is looked up', async () => {
    const { values } = codebook().rowsOf(grids(...Array(12).fill(0), 0, 9, 0, 0, 0, 0));
    await expect(values(2, 3)).rejects.toThrow(
      'code 13: expected an index from 0 to 4, received 9.',
    );
  });
});

test('entries are those of all codes, read once', async () => {
  const { book, runs } = codebook();
  expect(Array.from(await book.entries())).toEqual(ENTRIES.flat());
  expect(await book.entries()).toBe(await book.entries());
  expect(runs).toEqual([[1, 2, 3]]);
});

describe('nearest', () => {
  test('is the entry at the least distance, the first of equals', async () => {
    const { book, runs } = codebook();
    // (0.5, 0.5) is as far from (0, 0) as from (1, 1); (3.4, 10.9) is nearer to (3, 9) than to (4, 16).
    const vectors = [0.5, 0.5, 3.4, 10.9, 9, 99, -5, -5, 1, 1, 2, 3];
    expect(Array.from(await book.nearest(Float32Array.from(vectors)))).toEqual([0, 3, 4, 0, 1, 2]);
    await book.nearest(new Float32Array(12));
    expect(runs).toEqual([[1, 2, 3]]);
  });

  test('reads the entries again where that failed', async () => {
    const { book, failures } = codebook();
    failures.push(new Error('the queue is full'));
    await expect(book.nearest(new Float32Array(12))).rejects.toThrow('the queue is full');
    expect(await book.nearest(new Float32Array(12))).toEqual(new Int32Array(6));
  });

  test('more cells than are looked at in one go', async () => {
    const { book } = codebook();
    const vectors = Float32Array.from({ length: 12 * 30 }, (_, i) => (i % 2 ? 9 : 3));
    expect(await book.nearest(vectors)).toEqual(new Int32Array(180).fill(3));
  });
});

test('dispose frees the session', async () => {
  const { book, disposed } = codebook();
  await book.dispose();
  expect(disposed()).toBe(1);
});
