import { describe, expect, test } from '@jest/globals';
import { boundedView, cameraOf, transformOf, viewOf } from './camera.ts';
import { insidePolygon } from './lasso.ts';
import { Neighbourhood } from './surroundings.ts';

describe('the camera', () => {
  test.each([
    { width: 800, height: 600 },
    { width: 600, height: 900 },
  ])('shows the whole square in the middle at first: $width × $height', (size) => {
    const { scale, left, top } = cameraOf(size, { k: 1, x: 0, y: 0 });
    const side = Math.min(size.width, size.height);
    expect([scale, left, top]).toEqual([side, (size.width - side) / 2, (size.height - side) / 2]);
    expect(viewOf(size, { k: 1, x: 0, y: 0 })).toEqual({ x: 0.5, y: 0.5, zoom: 1 });
  });

  test.each([
    { width: 320, height: 380 },
    { width: 360, height: 420 },
    { width: 420, height: 900 },
  ])('shows the whole square beside the tools of a narrow map: $width × $height', (size) => {
    const { scale, left, top } = cameraOf(size, { k: 1, x: 0, y: 0 });
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left + scale).toBeLessThanOrEqual(size.width - 50);
    expect(top).toBeGreaterThanOrEqual(50);
    expect(top + scale).toBeLessThanOrEqual(size.height - 40);
    expect(viewOf(size, { k: 1, x: 0, y: 0 })).toEqual({ x: 0.5, y: 0.5, zoom: 1 });
    const view = { x: 0.2, y: 0.7, zoom: 5 };
    const again = viewOf(size, transformOf(size, view));
    for (const name of ['x', 'y', 'zoom'] as const) expect(again[name]).toBeCloseTo(view[name], 10);
  });

  test('a view is the same part of the map in a page of another size', () => {
    const view = { x: 0.2, y: 0.7, zoom: 5 };
    for (const size of [
      { width: 800, height: 600 },
      { width: 600, height: 900 },
    ]) {
      const transform = transformOf(size, view);
      const again = viewOf(size, transform);
      for (const name of ['x', 'y', 'zoom'] as const)
        expect(again[name]).toBeCloseTo(view[name], 10);
      const { scale, left, top } = cameraOf(size, transform);
      expect(0.2 * scale + left).toBeCloseTo(size.width / 2, 8);
      expect(0.7 * scale + top).toBeCloseTo(size.height / 2, 8);
    }
  });
});

test.each([
  [
    { x: 0.2, y: 1.7, zoom: 5 },
    { x: 0.2, y: 1.7, zoom: 5 },
  ],
  [
    { x: -1e9, y: 1e9, zoom: 0 },
    { x: -1000, y: 1000, zoom: 0.5 },
  ],
  [
    { x: 0, y: 0, zoom: 1e9 },
    { x: 0, y: 0, zoom: 400 },
  ],
])('the nearest view to %j that there is', (view, nearest) => {
  expect(boundedView(view)).toEqual(nearest);
});

describe('what a place is made of', () => {
  const random = (() => {
    let state = 1;
    return () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
  })();
  const positions = Float32Array.from({ length: 400 }, random);
  const around = new Neighbourhood(positions);

  test('a point itself, at its own place', () => {
    for (const index of [0, 57, 199]) {
      const [x, y] = [positions[2 * index]!, positions[2 * index + 1]!];
      expect(around.at(x, y)).toEqual({ indices: [index], weights: [1] });
    }
  });

  test('weights that sum to 1, the nearest the heaviest, and no jump on the way', () => {
    let before: Map<number, number> | undefined;
    for (let step = 0; step <= 2000; step++) {
      const { indices, weights } = around.at(0.2 + (0.6 * step) / 2000, 0.41);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
      expect(weights[0]).toBe(Math.max(...weights));
      const now = new Map(indices.map((index, i) => [index, weights[i]!]));
      for (const index of new Set([...now.keys(), ...(before?.keys() ?? [])])) {
        const change =
          (now.get(index) ?? 0) - (before ? (before.get(index) ?? 0) : (now.get(index) ?? 0));
        expect(Math.abs(change)).toBeLessThan(0.12);
      }
      before = now;
    }
  });

  test('the nearest points are those that a search of all finds, also from far away', () => {
    for (const [x, y] of [
      [0.5, 0.5],
      [0.01, 0.99],
      [3, -2],
    ] as const) {
      const far = (i: number) => Math.hypot(positions[2 * i]! - x, positions[2 * i + 1]! - y);
      const expected = Array.from({ length: 200 }, (_, i) => i)
        .sort((a, b) => far(a) - far(b))
        .slice(0, 5);
      expect(around.nearest(x, y, 5).map(({ index }) => index)).toEqual(expected);
    }
    expect(around.nearest(0.5, 0.5, 999)).toHaveLength(200);
  });

  test('few points, and points on one spot', () => {
    const two = new Neighbourhood(Float32Array.of(0, 0, 1, 0));
    const { indices, weights } = two.at(0.25, 0);
    expect(indices).toEqual([0, 1]);
    expect(weights[0]).toBeCloseTo(0.9, 6);
    const same = new Neighbourhood(new Float32Array(40).fill(0.5));
    expect(same.at(0.7, 0.5).weights).toEqual([1]);
  });
});

test('a polygon that crosses itself, and one with a notch, hold what a ray says', () => {
  const positions = Float32Array.of(0.5, 0.2, 0.5, 0.8, 0.1, 0.5, 0.9, 0.5, 2, 2);
  const all = [0, 1, 2, 3, 4];
  const notched = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0.5, 0.5],
    [0, 1],
  ] as const;
  expect(insidePolygon(notched, all, positions)).toEqual([0, 2, 3]);
  const hourglass = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const;
  expect(insidePolygon(hourglass, all, positions)).toEqual([0, 1]);
  expect(insidePolygon([], all, positions)).toEqual([]);
});
