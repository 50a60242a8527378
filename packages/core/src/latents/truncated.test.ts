import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { truncatedNormal } from './noise.ts';

const COUNT = 40_000;
const draw = (truncation: number, seed = 1) =>
  truncatedNormal(COUNT, { seed, truncation }, 'stream');
const moment = (values: Float32Array, power: number) =>
  values.reduce((sum, value) => sum + value ** power, 0) / values.length;

describe('truncatedNormal', () => {
  test('has the variance of a normal number within its bounds: 1 − 2 t φ(t) / (2 Φ(t) − 1)', () => {
    // t = 1: φ(1) = 0.241971, 2 Φ(1) − 1 = 0.682689.
    const values = draw(1);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(moment(values, 1)).toBeCloseTo(0, 1);
    expect(moment(values, 2)).toBeCloseTo(1 - (2 * 0.241971) / 0.682689, 2);
  });

  test('bounds that no number meets leave the stream as it is', () => {
    const random = createRandom(3, 'stream');
    const plain = Float32Array.from({ length: 100 }, () => random.normal());
    expect(truncatedNormal(100, { seed: 3, truncation: 100 }, 'stream')).toEqual(plain);
  });

  test('narrow bounds are drawn from evenly: the variance is a third of their square', () => {
    const values = draw(0.05);
    expect(Math.max(...values)).toBeGreaterThan(0.0499);
    expect(Math.min(...values)).toBeLessThan(-0.0499);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.05));
    expect(moment(values, 2) / 0.05 ** 2).toBeCloseTo(1 / 3, 2);
  });

  test('at 0.1 the normal is drawn from, which evenly spread numbers are not', () => {
    const random = createRandom(1, 'stream');
    let value = random.normal();
    while (Math.abs(value) > 0.1) value = random.normal();
    expect(draw(0.1)[0]).toBe(Math.fround(value));
  });

  test.each([0, -1, Number.NaN])('a truncation of %p: refused', (truncation) => {
    expect(() => draw(truncation)).toThrow(
      `truncation: expected a number above 0, received ${truncation}`,
    );
  });
});
