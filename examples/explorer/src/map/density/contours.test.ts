import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { densityContours, SHARES } from './contours.ts';

/** Whether a place lies inside of lines, by the even-odd rule. */
function inside(rings: readonly Float32Array[], x: number, y: number): boolean {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [ax, ay, bx, by] = [ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) odd = !odd;
    }
  }
  return odd;
}

/** Points of Gaussians around centres, in turn. */
function blobs(count: number, centres: readonly (readonly [number, number])[], deviation: number) {
  const random = createRandom(5, 'density');
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const centre = centres[Math.floor(i / 2) % centres.length]!;
    return centre[i % 2]! + deviation * random.normal();
  });
}

function shareInside(rings: readonly Float32Array[], positions: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < positions.length; i += 2) {
    sum += Number(inside(rings, positions[i]!, positions[i + 1]!));
  }
  return sum / (positions.length / 2);
}

describe('lines of density', () => {
  test('go around their shares of the points, each inside the one before', () => {
    const positions = blobs(
      4000,
      [
        [0.3, 0.3],
        [0.7, 0.6],
      ],
      0.07,
    );
    const found = densityContours(positions);
    expect(found.map(({ share }) => share)).toEqual([...SHARES]);
    for (const [i, { share, rings }] of found.entries()) {
      expect(shareInside(rings, positions)).toBeCloseTo(share, 1.7);
      const outer = found[i - 1]?.rings;
      for (const ring of outer ? rings : []) expect(inside(outer!, ring[0]!, ring[1]!)).toBe(true);
    }
    // Two hills with a valley between them.
    for (const { rings } of found) {
      expect(inside(rings, 0.3, 0.3)).toBe(true);
      expect(inside(rings, 0.5, 0.45)).toBe(false);
    }
  });

  test('of one Gaussian are circles of the radii that hold their shares', () => {
    const deviation = 0.1;
    const positions = blobs(20_000, [[0.5, 0.5]], deviation);
    // The kernel widens it a little.
    const width = deviation * Math.hypot(1, 20_000 ** (-1 / 6) / 3);
    for (const { share, rings } of densityContours(positions).slice(0, 4)) {
      const longest = rings.reduce((a, b) => (b.length > a.length ? b : a));
      const radius = width * Math.sqrt(-2 * Math.log(1 - share));
      const radii = Array.from({ length: longest.length / 2 }, (_, i) =>
        Math.hypot(longest[2 * i]! - 0.5, longest[2 * i + 1]! - 0.5),
      );
      const mean = radii.reduce((sum, value) => sum + value, 0) / radii.length;
      expect(Math.abs(mean / radius - 1)).toBeLessThan(0.06);
    }
  });

  test('are there for a point alone, for many at one place, and at the rim; none for none', () => {
    expect(densityContours(new Float32Array())).toEqual([]);
    for (const [count, x, y] of [
      [1, 0.5, 0.25],
      [50, 1, 0],
    ] as const) {
      const positions = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? y : x));
      const [outermost] = densityContours(positions);
      expect(outermost!.rings.length).toBe(1);
      expect([...outermost!.rings[0]!].every(Number.isFinite)).toBe(true);
      expect(Math.abs(outermost!.rings[0]![0]! - x)).toBeLessThan(0.05);
    }
  });
});
