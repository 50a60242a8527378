import { expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { kMeans, nearestCentres } from './k-means.ts';

/** [3 × 2] */
const CENTRES = Float32Array.of(0, 0, 5, 0, 0, 5);

/** So many points around every centre, one after the other. */
function clusters(each: number): Float32Array {
  const noise = createRandom(4);
  return Float32Array.from(
    { length: 6 * each },
    (_, i) => (CENTRES[i % 6] as number) + 0.05 * noise.normal(),
  );
}

const start = (iterations?: number) => ({ random: createRandom(1), iterations });

test('finds the clusters, and the rows of each', () => {
  const rows = clusters(40);
  const centres = kMeans(rows, 2, 3, start());
  const found = [...nearestCentres(CENTRES, 2, centres)];
  expect([...found].sort()).toEqual([0, 1, 2]);
  for (const [i, group] of found.entries()) {
    expect(centres[2 * group]).toBeCloseTo(CENTRES[2 * i] as number, 1);
    expect(centres[2 * group + 1]).toBeCloseTo(CENTRES[2 * i + 1] as number, 1);
  }
  const expected = Array.from({ length: 120 }, (_, row) => found[row % 3]);
  expect([...nearestCentres(rows, 2, centres)]).toEqual(expected);
});

test('begins at rows, and ends where no row changes its centre', () => {
  const rows = clusters(40);
  const isRow = (x: number, y: number) =>
    rows.some((value, i) => i % 2 === 0 && value === x && rows[i + 1] === y);
  const first = kMeans(rows, 2, 3, start(0));
  for (let k = 0; k < 3; k++) expect(isRow(first[2 * k]!, first[2 * k + 1]!)).toBe(true);
  expect(kMeans(rows, 2, 3, start(100))).toEqual(kMeans(rows, 2, 3, start(50)));
  expect(kMeans(rows, 2, 3, start(50))).not.toEqual(first);
});

test('more centres than distinct rows are rows again', () => {
  const centres = kMeans(new Float32Array(8).fill(1), 2, 6, start());
  expect([...centres]).toEqual(new Array(12).fill(1));
});
