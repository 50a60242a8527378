import { describe, expect, test } from '@jest/globals';
import {
  type SymbolicSize,
  Symbols,
  sameSize,
  shapeText,
  sizeProduct,
  sizeSum,
  sizeText,
} from './size.ts';

/** batch 2, 3, 2, 5 and time 8, 8, 12, 20 in four traces. */
const sizes = new Map([
  ['batch', [2, 3, 2, 5]],
  ['time', [8, 8, 12, 20]],
]);
const symbols = new Symbols(sizes, 4, new Map());
const text = (values: number[]) => sizeText(symbols.size(values));

describe('the size behind the values of all traces', () => {
  test.each([
    [[7, 7, 7, 7], '7'],
    [[2, 3, 2, 5], 'batch'],
    [[8, 8, 12, 20], 'time'],
    [[6, 9, 6, 15], '3*batch'],
    [[4, 4, 6, 10], '0.5*time'],
    [[3, 4, 3, 6], 'batch+1'],
    [[7, 7, 11, 19], 'time-1'],
    [[4, 9, 4, 25], 'batch^2'],
    [[16, 24, 24, 100], 'batch*time'],
    [[32, 48, 48, 200], '2*batch*time'],
    [[1, 6, 1, 27], '?'],
  ])('%p is %s', (values, expected) => {
    expect(text(values)).toBe(expected);
  });

  test('is a number where the dimension is fixed', () => {
    const fixed = new Symbols(sizes, 4, new Map([['batch', 128]]));
    expect(fixed.size([2, 3, 2, 5])).toBe(128);
    expect(fixed.size([5, 7, 5, 11])).toBe(257);
    expect(sizeText(fixed.size([8, 8, 12, 20]))).toBe('time');
  });
});

describe('the number behind the values of all traces', () => {
  test('a constant, a multiple or an inverse of a dimension', () => {
    expect(symbols.scalar([0.5, 0.5, 0.5, 0.5])).toBe(0.5);
    expect(symbols.scalar([1 / 2, 1 / 3, 1 / 2, 1 / 5])).toMatchObject({
      factors: [{ symbol: 'batch', power: -1 }],
    });
    expect(
      symbols.scalar([
        Math.fround(1 / 16),
        Math.fround(1 / 24),
        Math.fround(1 / 24),
        Math.fround(1 / 100),
      ]),
    ).toMatchObject({
      factors: [
        { symbol: 'batch', power: -1 },
        { symbol: 'time', power: -1 },
      ],
    });
  });
  test('null for numbers without a rule', () => {
    expect(symbols.scalar([0.3, 0.9, 0.1, 0.4])).toBeNull();
  });
  test('a number where the dimension is fixed', () => {
    const fixed = new Symbols(sizes, 4, new Map([['batch', 4]]));
    expect(fixed.scalar([1 / 2, 1 / 3, 1 / 2, 1 / 5])).toBeCloseTo(0.25);
  });
});

test('sums and products keep their formulas', () => {
  const batch = symbols.size([2, 3, 2, 5]);
  expect(sizeText(sizeSum(batch, batch))).toBe('2*batch');
  expect(sizeText(sizeSum(batch, 4))).toBe('batch+4');
  expect(sizeSum(3, 4)).toBe(7);
  expect((sizeSum(batch, symbols.size([8, 8, 12, 20])) as SymbolicSize).formula).toBeNull();
  expect(sizeText(sizeProduct([batch, 3, 4]))).toBe('12*batch');
  expect(sizeProduct([3, 4])).toBe(12);
  expect(sizeProduct([batch, symbols.size([8, 8, 12, 20])])).toMatchObject({
    values: [16, 24, 24, 100],
  });
});

test('sizes are the same where they are in every trace', () => {
  expect(sameSize(3, 3)).toBe(true);
  expect(sameSize(symbols.size([2, 3, 2, 5]), 2)).toBe(false);
  expect(sameSize(symbols.size([2, 3, 2, 5]), symbols.size([2, 3, 2, 5]))).toBe(true);
  expect(shapeText([symbols.size([2, 3, 2, 5]), 4])).toBe('[batch, 4]');
});
