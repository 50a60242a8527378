import { describe, expect, test } from '@jest/globals';
import { scoreThreshold } from './threshold.ts';

describe('scoreThreshold', () => {
  test.each([
    [10, 0.1, 1],
    [100, 0.05, 5],
    [1000, 0.001, 1],
    [19, 0.1, 1],
  ])('of %i scores takes at most a share of %d for odd', (count, share, odd) => {
    const scores = Array.from({ length: count }, (_, i) => -((i * 7919) % count));
    const threshold = scoreThreshold(scores, share);
    expect(scores.filter((score) => score < threshold)).toHaveLength(odd);
    expect(odd / count).toBeLessThanOrEqual(share);
  });

  test('takes none of equals', () => {
    expect(scoreThreshold(new Array(20).fill(-3), 0.1)).toBe(-3);
  });

  test.each([
    [[1, 2, 3], 0.1],
    [[], 0.5],
    [[1, Number.NaN, 3], 0.5],
    [[1, 2, 3], 0],
    [[1, 2, 3], 1],
    [[1, 2, 3], Number.NaN],
    [undefined, 0.5],
    [7, 0.5],
  ])('refuses %j at %d', (scores, share) => {
    expect(() => scoreThreshold(scores as never, share)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
