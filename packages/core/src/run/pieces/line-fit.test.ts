import { describe, expect, test } from '@jest/globals';
import { fitLine } from './line-fit.ts';

/** A fit, and where it met the axis last. */
function newFit() {
  const addPoint = fitLine();
  const fit = {
    intercept: 0,
    add(x: number, y: number) {
      fit.intercept = addPoint(x, y);
    },
  };
  return fit;
}

/** A fit of points on the line a + b·x. */
function fitOf(a: number, b: number, xs: readonly number[]) {
  const fit = newFit();
  for (const x of xs) fit.add(x, a + b * x);
  return fit;
}

describe('fitLine', () => {
  test.each([
    [3, 0.5, [1, 2]],
    [0, 2, [4, 1, 9]],
    [5, 0, [10, 20, 30]],
    [0.25, 1, [1000, 1, 500, 2]],
  ])('points on %d + %d·x meet the axis there', (a, b, xs) => {
    expect(fitOf(a, b, xs).intercept).toBeCloseTo(a, 8);
  });

  test('is 0 before there are two places, and where a line would be below 0', () => {
    expect(fitOf(7, 1, [3, 3, 3]).intercept).toBe(0);
    expect(fitOf(-2, 1, [5, 10, 20]).intercept).toBe(0);
  });

  test('is kept while places are too close to one another', () => {
    const fit = fitOf(3, 0.5, [10, 20]);
    // What was far off is forgotten meanwhile.
    for (let i = 0; i < 1000; i++) fit.add(20, 13);
    for (let i = 0; i < 200; i++) fit.add(20 + (i % 2), 80);
    expect(fit.intercept).toBeCloseTo(3, 5);
  });

  test('is the line of least squares', () => {
    const fit = newFit();
    // By hand: the means are 2.5 and 4, the slope 7 / 5, and 4 − 2.5 · 1.4 = 0.5.
    for (const [x, y] of [
      [1, 2],
      [2, 3],
      [3, 5],
      [4, 6],
    ] as const) {
      fit.add(x, y);
    }
    expect(fit.intercept).toBeCloseTo(0.5, 10);
  });

  test('follows what is new', () => {
    const fit = fitOf(3, 0.5, [10, 20, 10, 20]);
    for (let i = 0; i < 200; i++) fit.add(i % 2 ? 10 : 20, 8 + 0.1 * (i % 2 ? 10 : 20));
    expect(fit.intercept).toBeCloseTo(8, 1);
  });
});
