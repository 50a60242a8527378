import { expect, test } from '@jest/globals';
import type { Points } from '../data/load-points.ts';
import { nearestLatents } from './nearest-latents.ts';

test('finds what a sort of all distances finds, leaving one out', () => {
  const [count, size] = [50, 3];
  const vectors = Float32Array.from({ length: count * size }, (_, i) => Math.sin(i * i));
  const points = { vectors, count, size } as unknown as Points;
  const z = vectors.slice(30, 33);
  const far = (row: number) =>
    Math.hypot(...[0, 1, 2].map((i) => vectors[row * size + i]! - z[i]!));
  const sorted = Array.from({ length: count }, (_, row) => row).sort((a, b) => far(a) - far(b));
  expect(nearestLatents(points, z, 6).map(({ index }) => index)).toEqual(sorted.slice(0, 6));
  const others = nearestLatents(points, z, 6, 10);
  expect(others.map(({ index }) => index)).toEqual(sorted.slice(1, 7));
  expect(others[0]!.distance).toBeCloseTo(far(sorted[1]!), 6);
  expect(nearestLatents(points, z, 99)).toHaveLength(count);
});
