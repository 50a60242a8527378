import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { endingOf, parseFolder, parseInteger, parseNumber, parseShard } from './options.ts';

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

describe('paths that are written', () => {
  test.each([
    ['sheet.PNG', '.png'],
    ['to/vectors.parquet', '.parquet'],
    ['model.onnx', '.onnx'],
    ['a.mp4', '.mp4'],
    ['drawn', ''],
    ['drawn.d/one', ''],
    ['s.png/', ''],
    ['s.png\\', ''],
    ['.png', ''],
    ['mnist-0.2', ''],
    ['mnist-1.0-beta', ''],
    ['drawn.', ''],
    [join(__filename, 'x.png'), '.png'],
    [`${'x'.repeat(300)}.png`, '.png'],
  ])('%s ends in %p', (path, ending) => {
    expect(endingOf(path)).toBe(ending);
  });

  test('a folder that is there is one, whatever its name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latentkit-ending-'));
    try {
      const other = join(folder, 'x.doc');
      expect(() => parseFolder(other)).toThrow(
        `Expected a folder, which is what is written; '${other}/' is a folder of that name.`,
      );
      mkdirSync(other);
      expect(endingOf(other)).toBe('');
      expect(parseFolder(other)).toBe(other);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['drawn', 'drawn.2', 'drawn.png/'])('%s is a folder', (path) => {
    expect(parseFolder(path)).toBe(path);
  });

  test.each(['s.jpg', 's.WEBP', 'run.zip', 'model.onnx', 'x.doc', '-'])('%s is none', (path) => {
    expect(() => parseFolder(path)).toThrow(/Expected a folder/);
  });
});
