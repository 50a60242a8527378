import { describe, expect, test } from '@jest/globals';
import { blobs } from '../testing.ts';
import { clusterRows } from './clusters.ts';
import { chooseLandmarks, rowsAt } from './landmarks.ts';
import { nearestLandmarks } from './neighbours.ts';
import { pca } from './pca.ts';
import { umap } from './umap.ts';

const everyRow = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe('chooseLandmarks', () => {
  test('takes all rows where they are few', () => {
    expect([...chooseLandmarks(3, 3, 1)]).toEqual([0, 1, 2]);
    expect([...chooseLandmarks(2, 9, 1)]).toEqual([0, 1]);
  });

  test('draws different rows, in order, the same under a seed', () => {
    const some = chooseLandmarks(100, 10, 1);
    expect(new Set(some).size).toBe(10);
    expect([...some]).toEqual([...some].sort((a, b) => a - b));
    expect(chooseLandmarks(100, 10, 1)).toEqual(some);
    expect(chooseLandmarks(100, 10, 2)).not.toEqual(some);
    expect(Math.max(...some)).toBeLessThan(100);
  });
});

describe('nearestLandmarks', () => {
  test('finds what a search of all pairs finds, and never the row itself', async () => {
    const [count, size, k] = [60, 3, 4];
    const vectors = blobs(count, size, 2);
    const landmarks = chooseLandmarks(count, 25, 1);
    const { rows, distances } = await nearestLandmarks(vectors, size, landmarks, { k });
    for (let row = 0; row < count; row++) {
      const far = (other: number) =>
        Math.hypot(
          ...Array.from(
            { length: size },
            (_, i) => vectors[row * size + i]! - vectors[other * size + i]!,
          ),
        );
      const expected = [...landmarks]
        .filter((other) => other !== row)
        .sort((a, b) => far(a) - far(b))
        .slice(0, k);
      expect([...rows.subarray(row * k, (row + 1) * k)]).toEqual(expected);
      expect(distances[row * k]).toBeCloseTo(far(expected[0]!), 4);
    }
  });

  test('ends with its signal', async () => {
    const vectors = blobs(30, 2, 2);
    const options = { k: 3, signal: AbortSignal.abort() };
    await expect(nearestLandmarks(vectors, 2, everyRow(30), options)).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('pca', () => {
  test('finds the axes that rows were spread along', () => {
    // Twice as wide along (3, 4, 0) / 5 as along (0, 0, 1).
    const along = [-2, -1, 0, 1, 2];
    const rows = along.flatMap((a) => along.map((b) => [0.6 * 2 * a + 7, 0.8 * 2 * a, b]));
    const { points, explained } = pca(Float32Array.from(rows.flat()), 3);
    for (const [i, [x]] of rows.entries()) {
      expect(points[2 * i]).toBeCloseTo((x! - 7) / 0.6, 4);
      expect(points[2 * i + 1]).toBeCloseTo(rows[i]![2]!, 4);
    }
    expect(explained[0]).toBeCloseTo(0.8, 5);
    expect(explained[1]).toBeCloseTo(0.2, 5);
  });

  test('takes latents of one number, and rows that are all alike', () => {
    expect([...pca(Float32Array.of(1, 2, 3), 1).points]).toEqual([-1, 0, 0, 0, 1, 0]);
    expect(pca(new Float32Array(12).fill(2), 3).points.every((value) => value === 0)).toBe(true);
  });
});

describe('clusterRows', () => {
  test('puts rows around one centre into one group, the largest first', () => {
    const [count, size] = [60, 3];
    const vectors = blobs(count, size, 3);
    const groups = clusterRows(vectors, size, chooseLandmarks(count, 30, 1), { count: 3, seed: 1 });
    const ofCentre = [0, 1, 2].map((centre) => new Set(groups.filter((_, i) => i % 3 === centre)));
    expect(ofCentre.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(ofCentre.flatMap((set) => [...set])).size).toBe(3);
    const uneven = rowsAt(
      vectors,
      size,
      everyRow(count).filter((i) => i % 3 !== 2 || i < 9),
    );
    const sizes = [0, 0, 0];
    for (const group of clusterRows(uneven, size, everyRow(43), { count: 3, seed: 1 })) {
      sizes[group]! += 1;
    }
    expect(sizes).toEqual([20, 20, 3]);
  });
});

describe('umap', () => {
  const [count, size] = [150, 4];
  const vectors = blobs(count, size, 3);
  const project = async (landmarks: Uint32Array, seed = 1) => {
    const neighbours = await nearestLandmarks(vectors, size, landmarks, { k: 10 });
    return umap(vectors, size, landmarks, neighbours, { seed });
  };
  /** The mean distance of points of one centre, over that of all. */
  const spread = (points: Float32Array) => {
    const far = (a: number, b: number) =>
      Math.hypot(points[2 * a]! - points[2 * b]!, points[2 * a + 1]! - points[2 * b + 1]!);
    let [own, ownCount, all, allCount] = [0, 0, 0, 0];
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < a; b++) {
        all += far(a, b);
        allCount += 1;
        if (a % 3 !== b % 3) continue;
        own += far(a, b);
        ownCount += 1;
      }
    }
    return own / ownCount / (all / allCount);
  };

  test('keeps together what is near, the same under a seed', async () => {
    const points = await project(everyRow(count));
    expect(spread(points)).toBeLessThan(0.5);
    expect(await project(everyRow(count))).toEqual(points);
    expect(await project(everyRow(count), 2)).not.toEqual(points);
  });

  test('places the rows that are no landmarks among those like them', async () => {
    const points = await project(chooseLandmarks(count, 60, 1));
    expect(points.every(Number.isFinite)).toBe(true);
    expect(spread(points)).toBeLessThan(0.5);
  });

  test('ends with its signal, between two epochs', async () => {
    const landmarks = everyRow(count);
    const neighbours = await nearestLandmarks(vectors, size, landmarks, { k: 10 });
    const controller = new AbortController();
    const epochs: number[] = [];
    const options = {
      ...{ seed: 1, signal: controller.signal },
      onProgress(done: number) {
        epochs.push(done);
        if (done === 3) controller.abort();
      },
    };
    await expect(umap(vectors, size, landmarks, neighbours, options)).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(epochs).toEqual([1, 2, 3]);
  });
});
