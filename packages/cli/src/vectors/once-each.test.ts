import { expect, test } from '@jest/globals';
import { type SearchableVectors, searchVectors, VectorIndex } from '@latentkit/data';
import { onceEach } from './once-each.ts';

/** Rows `id:contents`, with vectors of two numbers. */
function searchable(rows: Readonly<Record<number, [string, number, number]>>): SearchableVectors {
  const all = Object.values(rows);
  const vectors = Float32Array.from(all.flatMap(([, x, y]) => [x, y]));
  return {
    info: { space: 's', model: 'm', size: 2, count: all.length } as SearchableVectors['info'],
    rows: all.map(([name]) => {
      const [id = '', sha256 = ''] = name.split(':');
      return { id, sha256, bytes: 1, stamp: '' };
    }),
    vectors,
    index: new VectorIndex(vectors, 2),
  };
}

test('a row of several files is there once, and what differs stays', async () => {
  const given = searchable([
    ['a:1', 1, 0],
    ['b:1', 1, 0.1],
    ['a:1', 1.00001, 0],
    ['a:2', 1, 0],
    ['a:1', 0, 1],
    ['a:1', 0, 1],
  ]);
  const once = await onceEach(given);
  expect(once.info.count).toBe(4);
  expect(once.rows.map(({ id, sha256 }) => `${id}:${sha256}`)).toEqual([
    'a:1',
    'b:1',
    'a:2',
    'a:1',
  ]);
  expect([...once.vectors]).toEqual([1, 0, 1, Math.fround(0.1), 1, 0, 0, 1]);
  const hits = await searchVectors(once, Float32Array.of(0, 1), { k: 10 });
  expect(hits.map(({ id }) => id)).toEqual(['a', 'b', 'a', 'a']);
});

test('rows that are all apart are given as they are', async () => {
  const given = searchable([
    ['a:1', 1, 0],
    ['b:1', 1, 0],
  ]);
  expect(await onceEach(given)).toBe(given);
});
