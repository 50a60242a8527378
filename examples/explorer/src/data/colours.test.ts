import { describe, expect, test } from '@jest/globals';
import { classColour, colourings, paint, rampColour } from './colours.ts';
import type { Points } from './load-points.ts';

/** Contrast of two colours (WCAG 2.2, relative luminance). */
function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = (rgb: readonly number[]) =>
    rgb
      .map((value) => value / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The paper of the map in each theme; see style/base.css. */
const PAPER = { light: [255, 253, 248], dark: [23, 26, 34] } as const;

describe.each(['light', 'dark'] as const)('colours of the %s theme', (theme) => {
  test('stand out from the paper as graphics must, and from one another', () => {
    const ten = Array.from({ length: 10 }, (_, i) => classColour(i, theme));
    for (const colour of ten) expect(contrast(colour, PAPER[theme])).toBeGreaterThan(3);
    const all = Array.from({ length: 30 }, (_, i) => classColour(i, theme).join());
    expect(new Set(all).size).toBe(30);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      expect(contrast(rampColour(share, theme), PAPER[theme])).toBeGreaterThan(2.7);
    }
  });
});

const points = {
  count: 4,
  size: 2,
  ids: ['a', 'b', 'c', 'd'],
  labels: Uint16Array.of(0, 1, 1, 0),
  numbers: new Map([
    ['cluster', Float32Array.of(0, 1, 2, 3)],
    ['score', Float32Array.of(-30, -20, -10, 0)],
    ['error', Float32Array.of(1, 1, 1, 1)],
    ['factor_size', Float32Array.of(0, 1, 2, 3)],
  ]),
  info: {
    labels: ['cat', 'dog'],
    clusters: 4,
    factors: [{ name: 'size', column: 'factor_size', low: 0, high: 3 }],
  },
} as unknown as Points;

test('the points can be coloured by all that is known of them', () => {
  const ways = colourings(points);
  expect(ways.map(({ name, legend }) => [name, legend.kind])).toEqual([
    ['label', 'classes'],
    ['cluster', 'classes'],
    ['score', 'range'],
    ['error', 'range'],
    ['factor_size', 'range'],
  ]);
  const [label, , score, error] = ways;
  const byLabel = paint(label!, 'light', undefined);
  expect([...byLabel.subarray(0, 4)]).toEqual([...classColour(0, 'light'), 255]);
  expect([...byLabel.subarray(4, 8)]).toEqual([...classColour(1, 'light'), 255]);
  const focused = paint(label!, 'light', 1);
  expect([3, 7, 11, 15].map((at) => focused[at]! > 200)).toEqual([false, true, true, false]);
  const byScore = paint(score!, 'dark', undefined);
  expect([...byScore.subarray(0, 3)]).toEqual([...rampColour(0, 'dark')]);
  expect([...byScore.subarray(12, 15)]).toEqual([...rampColour(1, 'dark')]);
  // All alike: one colour, and no division by nothing.
  expect(new Set(paint(error!, 'light', undefined)).size).toBeLessThanOrEqual(4);
  expect(colourings({ ...points, labels: undefined })[0]!.name).toBe('cluster');
});
