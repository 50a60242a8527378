import { describe, expect, test } from '@jest/globals';
import { parseInteger, parseNumber, parseShard } from './options.ts';

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

  test('parts, which count from 1', () => {
    expect(['1/1', '1/4', ' 4/4 '].map(parseShard)).toEqual([
      { index: 0, of: 1 },
      { index: 0, of: 4 },
      { index: 3, of: 4 },
    ]);
    for (const text of [
      '5/4',
      '0/4',
      'a/4',
      '1/0',
      '0/0',
      '1.5/4',
      '-1/4',
      '1',
      '1/99999999999999999',
    ]) {
      expect(() => parseShard(text)).toThrow('such as 1/4; parts count from 1, the last is 4/4');
    }
  });
});
