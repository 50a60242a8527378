import { expect, test } from '@jest/globals';
import { normaliseInputs } from '../trace/inputs.ts';
import { verifyCases } from './cases.ts';

const inputs = normaliseInputs({
  x: { shape: [null, 'time', 3] },
  label: { shape: [null], dtype: 'int32', range: [2, 5] },
});
const cases = verifyCases(inputs, ['batch', 'time'], () => [8, 12]);

test('three batches, one of them odd, each with three kinds of values', () => {
  expect(cases.map(({ sizes }) => sizes.get('batch'))).toEqual([1, 1, 1, 2, 2, 2, 5, 5, 5]);
  expect(new Set(cases.map(({ sizes }) => sizes.get('time')))).toEqual(new Set([8, 12]));
  expect(cases.map(({ name }) => name.split(', ').at(-1))).toEqual(
    [1, 2, 3].flatMap(() => ['ordinary values', 'zero values', 'extreme values']),
  );
  expect(cases[0]?.values[0]).toHaveLength(1 * 8 * 3);
});

test('values stay within a range that is given, at its ends in the extreme', () => {
  for (const { name, values } of cases) {
    const labels = [...(values[1] as Float32Array)];
    expect(labels.every((label) => Number.isInteger(label) && label >= 2 && label <= 5)).toBe(true);
    if (name.includes('zero')) expect(new Set(labels)).toEqual(new Set([2]));
    if (name.includes('extreme'))
      expect(labels.every((label) => label === 2 || label === 5)).toBe(true);
  }
});

test('without a range the extremes are large, tiny and of both signs', () => {
  const extreme = cases.at(-1)?.values[0] as Float32Array;
  expect(Math.max(...extreme)).toBe(100);
  expect(Math.min(...extreme)).toBe(-100);
  expect(extreme.some((value) => value !== 0 && Math.abs(value) < 1e-10)).toBe(true);
});

test('a fixed batch is the only one', () => {
  const fixed = verifyCases(inputs, ['batch', 'time'], () => [8, 12], 7);
  expect(fixed.map(({ sizes }) => sizes.get('batch'))).toEqual([7, 7, 7]);
});
