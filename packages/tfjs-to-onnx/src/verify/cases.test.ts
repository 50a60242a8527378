import { expect, test } from '@jest/globals';
import { normaliseInputs } from '../trace/inputs.ts';
import { verifyCases } from './cases.ts';

const inputs = normaliseInputs({
  x: { shape: [null, 'time', 3] },
  label: { shape: [null], dtype: 'int32', range: [2, 5] },
});
const all = verifyCases(inputs, ['batch', 'time'], () => [8, 12]);
const cases = all.filter(({ required }) => required);

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
  expect(new Set(fixed.map(({ sizes }) => sizes.get('batch')))).toEqual(new Set([7]));
});

test('other dimensions are tried at sizes that were not traced: small, odd, even and large, no two the same', () => {
  const further = verifyCases(inputs, ['batch', 'time', 'words'], () => [8, 12]).filter(
    ({ required }) => !required,
  );
  const times = further.map(({ sizes }) => sizes.get('time'));
  expect(times).toEqual([1, 2, 3, 7, 13, 61]);
  expect(further.map(({ sizes }) => sizes.get('words'))).toEqual([2, 3, 5, 8, 14, 62]);
  expect(verifyCases(inputs, ['batch'], () => [8, 12]).every(({ required }) => required)).toBe(
    true,
  );
});

test('a large model is run at two batches, with extremes at one of them', () => {
  const brief = verifyCases(inputs, ['batch', 'time'], () => [8, 12], undefined, 'brief');
  expect(brief.map(({ name }) => name)).toEqual([
    'time 8, batch 1, ordinary values',
    'time 8, batch 1, extreme values',
    'time 12, batch 2, ordinary values',
    'time 3, batch 1, ordinary values',
  ]);
});
