import { describe, expect, test } from '@jest/globals';
import { niceTicks } from './chart.ts';

describe('niceTicks', () => {
  test.each([
    [540, [0, 100, 200, 300, 400, 500, 600]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.07, [0, 0.02, 0.04, 0.06, 0.08]],
    [600, [0, 100, 200, 300, 400, 500, 600]],
  ])('up to %d', (top, ticks) => expect(niceTicks(top)).toEqual(ticks));

  test('from below 0, with 0 among them', () => {
    expect(niceTicks(1500, -900)).toEqual([-1000, -500, 0, 500, 1000, 1500]);
    expect(niceTicks(1, -2000)).toEqual([-2000, -1500, -1000, -500, 0, 500]);
  });

  test('between two values that are far from 0, or the same', () => {
    expect(niceTicks(108.2, 105.1)).toEqual([105, 106, 107, 108, 109]);
    expect(niceTicks(3, 3)).toEqual([3, 3.0002]);
  });
});
