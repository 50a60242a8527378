import { expect, test } from '@jest/globals';
import { LogMeanExp } from './log-mean-exp.ts';

function logMeanExp(values: readonly number[]): number {
  const sum = new LogMeanExp();
  sum.addAll(values);
  return sum.value;
}

test('is the logarithm of the mean of the exponentials, in any order', () => {
  const expected = Math.log((Math.exp(1) + Math.exp(2) + Math.exp(-3)) / 3);
  expect(logMeanExp([1, 2, -3])).toBeCloseTo(expected, 12);
  expect(logMeanExp([-3, 2, 1])).toBeCloseTo(expected, 12);
});

test('values whose exponentials overflow or vanish', () => {
  expect(logMeanExp([1000, 1000])).toBe(1000);
  expect(logMeanExp([-1000, -1000 + Math.log(3)])).toBeCloseTo(-1000 + Math.log(2), 9);
  expect(logMeanExp([Number.NEGATIVE_INFINITY, 0])).toBeCloseTo(-Math.log(2), 12);
  expect(logMeanExp([0, Number.NEGATIVE_INFINITY])).toBeCloseTo(-Math.log(2), 12);
  expect(logMeanExp([Number.NEGATIVE_INFINITY])).toBe(Number.NEGATIVE_INFINITY);
});

test('a NaN is not lost, nor is there a value of nothing', () => {
  expect(logMeanExp([1, Number.NaN, 2])).toBeNaN();
  expect(logMeanExp([])).toBeNaN();
});

test('the effective sample size is Kong’s, in any order, whatever the scale', () => {
  const effective = (weights: readonly number[], scale = 0) => {
    const sum = new LogMeanExp();
    sum.addAll(weights.map((weight) => Math.log(weight) + scale));
    return sum.effectiveCount;
  };
  expect(effective([1, 2, 3, 0])).toBeCloseTo(36 / 14, 12);
  expect(effective([3, 0, 2, 1], -2000)).toBeCloseTo(36 / 14, 9);
  expect(effective([5, 5, 5, 5], 2000)).toBeCloseTo(4, 12);
  expect(effective([1, 1e-30])).toBeCloseTo(1, 12);
});
