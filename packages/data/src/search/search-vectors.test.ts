import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { writeVectors } from '../vectors/write-vectors.ts';
import { openSearch, searchVectors } from './search-vectors.ts';

afterAll(removeTemporaryFolders);

async function written(name: string, ids: readonly string[], first: number, space = 'a') {
  const path = join(temporaryFolder(), name);
  const rows = ids.map((id) => ({ id, sha256: id, bytes: 1, stamp: '1' }));
  const vectors = Float32Array.from({ length: 2 * ids.length }, (_, i) => first + i);
  const info = { space, model: `model-${space}`, size: 2, count: ids.length, scored: false };
  await writeVectors(path, info, [{ rows, vectors }]);
  return path;
}

test('finds rows by their ids, in one file and in the shards of one', async () => {
  const one = await written('1.npy', ['a', 'b'], 0);
  const two = await written('2.csv', ['c'], 10);
  const query = Float32Array.of(9, 9);
  const found = await searchVectors(await openSearch(one), query, { k: 1, metric: 'euclidean' });
  expect(found).toEqual([
    { id: 'b', sha256: 'b', bytes: 1, stamp: '1', distance: Math.sqrt(49 + 36) },
  ]);
  const both = await openSearch([one, two]);
  expect(both.info.count).toBe(3);
  const ids = await searchVectors(both, query, { metric: 'euclidean' });
  expect(ids.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});

test.each([
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('refuses a vector that holds %d by its row and its file', async (value, shown) => {
  const [a, b] = [
    await written('a.npy', ['a', 'b'], 0),
    await written('b.parquet', ['c', 'd'], value),
  ];
  expect(await errorOf(() => openSearch([a, b]))).toMatchObject({
    code: 'invalid-data',
    message: `The vector of 'c' in ${b} holds ${shown}: its numbers must be finite. Embed that file again.`,
  });
});

test('refuses files of different latent spaces by their names', async () => {
  const [a, b] = [await written('a.npy', ['a'], 0), await written('b.npy', ['b'], 0, 'b')];
  const { code, message } = await errorOf(() => openSearch([a, b]));
  expect(code).toBe('invalid-argument');
  expect(message).toContain(`received '${b}, of the latent space of model-b (b…)'`);
  expect((await errorOf(() => openSearch([]))).code).toBe('invalid-argument');
});
