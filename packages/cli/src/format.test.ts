import { describe, expect, test } from '@jest/globals';
import { formatPlural, printableName, quoteArgument, splitArguments } from '@latentkit/system';
import {
  displayPath,
  formatBytes,
  formatColumns,
  formatCount,
  formatDecimals,
  formatDuration,
  formatNats,
} from './format.ts';
import { printableIo } from './io.ts';
import { tellBad } from './tell-bad.ts';
import { recordingIo } from './testing.ts';

describe('formatting', () => {
  test.each([
    [4, 2, '4.00'],
    [12.345, 1, '12.3'],
    [0.1, 1, '0.1'],
    [0, 1, '0.0'],
    [0.0432, 1, '0.043'],
    [-0.004321, 2, '-0.0043'],
    [0.05, 2, '0.05'],
  ])('%d with %d decimals is %s', (value, decimals, text) =>
    expect(formatDecimals(value, decimals)).toBe(text),
  );

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [2_610_000, '2.61 MB'],
    [1e15, '1000 TB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.6, '1 h 00 min'],
    [7384, '2 h 03 min'],
    [Number.POSITIVE_INFINITY, '…'],
    [Number.NaN, '…'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test('counts have separators, losses two decimals', () => {
    expect([formatCount(652_824), formatNats(105.598)]).toEqual(['652,824', '105.60']);
  });

  test('columns are as wide as their widest cell, without trailing blanks', () => {
    const rows = [['a', 'bb', ''], ['ccc', 'd', 'e'], ['f']];
    expect(formatColumns(rows, '> ')).toBe('> a    bb\n> ccc  d   e\n> f');
  });

  test.each([
    ['runs/mnist', 'runs/mnist'],
    ['my run', "'my run'"],
    ["it's", "'it'\\''s'"],
    ['$HOME', "'$HOME'"],
    ['', "''"],
  ])('the argument %s is pasted as %s', (text, quoted) => {
    expect(quoteArgument(text)).toBe(quoted);
    expect(splitArguments(`a ${quoted}  b`)).toEqual(['a', text, 'b']);
  });

  test('control characters of names are written out, and begin no line', () => {
    expect(formatColumns([['a\u001b[31m\nb', 'c']])).toBe('a\\u001b[31m\\u000ab  c');
    expect(printableName('a\r\u009b\u007fé')).toBe('a\\u000d\\u009b\\u007fé');
    const io = recordingIo();
    printableIo(io).out('one\n\ttwo\u001b]0;title\u0007');
    expect(io.said).toEqual(['one\n\ttwo\\u001b]0;title\\u0007']);
    const json = JSON.stringify({ name: 'a\u009b\u001b' });
    printableIo(io).out(json);
    expect(JSON.parse(io.said[1] as string)).toEqual(JSON.parse(json));
    tellBad([{ id: 'x\ny\u001b', reason: 'it is no picture' }], printableIo(io));
    expect(io.said[3]).toBe('  - x\\u000ay\\u001b: it is no picture');
  });

  test('paths are relative where that is shorter to read', () => {
    expect(displayPath('/a/b/out/model', '/a/b')).toBe('out/model');
    expect(displayPath('/a/c', '/a/b')).toBe('/a/c');
    expect(displayPath('/a/b', '/a/b')).toBe('.');
  });

  test('one is singular', () => {
    expect([0, 1, 1000].map((n) => formatPlural(n, 'epoch'))).toEqual([
      '0 epochs',
      '1 epoch',
      '1,000 epochs',
    ]);
  });
});
