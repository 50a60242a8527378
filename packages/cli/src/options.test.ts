import { describe, expect, test } from '@jest/globals';
import { parseInteger, parseNumber } from './options.ts';

describe('option values', () => {
  test('numbers', () => {
    expect(['1e-3', '-2', ' 0.5'].map(parseNumber)).toEqual([0.001, -2, 0.5]);
    for (const text of ['', ' ', 'x', '1,5', 'NaN', 'Infinity']) {
      expect(() => parseNumber(text)).toThrow('Expected a number');
    }
  });

  test('whole numbers', () => {
    expect(['0', '-3', '+7'].map(parseInteger)).toEqual([0, -3, 7]);
    for (const text of ['', '1.5', '1e3', '0x10', 'x', '99999999999999999']) {
      expect(() => parseInteger(text)).toThrow('Expected a whole number');
    }
  });
});
