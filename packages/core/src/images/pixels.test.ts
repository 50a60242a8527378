import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { ArgumentError, InputError } from '../errors/index.ts';
import { checkPixels, type Pixels } from './pixels.ts';

const picture: Pixels = { data: new Uint8Array(6), width: 3, height: 2, channels: 1 };

test.each<[string, Pixels]>([
  ['bytes', picture],
  ['clamped bytes', { ...picture, data: new Uint8ClampedArray(6) }],
  ['bytes of another realm', { ...picture, data: runInNewContext('new Uint8Array(6)') }],
  ['one pixel of four channels', { data: new Uint8Array(4), width: 1, height: 1, channels: 4 }],
])('%s are pixels', (_, pixels) => {
  expect(() => checkPixels(pixels)).not.toThrow();
});

test.each([[undefined], [null], ['a.png']])('%p is no picture', (value) => {
  expect(() => checkPixels(value as never)).toThrow(
    new ArgumentError('picture', 'pixels with their width, height and channels', value),
  );
});

test.each<[Partial<Record<keyof Pixels, number>>, string]>([
  [{ width: 0 }, '0 × 2 with 1 channels'],
  [{ width: 1.5 }, '1.5 × 2 with 1 channels'],
  [{ height: -2 }, '3 × -2 with 1 channels'],
  [{ height: Number.NaN }, '3 × NaN with 1 channels'],
  [{ height: Number.POSITIVE_INFINITY }, '3 × Infinity with 1 channels'],
  [{ channels: 0 }, '3 × 2 with 0 channels'],
  [{ channels: 5 }, '3 × 2 with 5 channels'],
  [{ channels: '1' as never }, '3 × 2 with 1 channels'],
])('a picture with %j has no size', (change, received) => {
  expect(() => checkPixels({ ...picture, ...change } as Pixels)).toThrow(
    new InputError('picture', 'a width and height of at least 1 and 1 to 4 channels', received),
  );
});

test.each<[string, unknown, string]>([
  ['too few bytes', new Uint8Array(5), 'a Uint8Array of 5'],
  ['too many bytes', new Uint8Array(7), 'a Uint8Array of 7'],
  ['numbers in a list', [1, 2, 3, 4, 5, 6], '[1, 2, 3, 4, 5, 6]'],
  ['numbers of two bytes', new Uint16Array(6), 'a Uint16Array of 6'],
  ['memory without a type', new ArrayBuffer(6), 'an object with no keys'],
  ['nothing', undefined, 'undefined'],
])('%s are not the bytes of 3 × 2 pixels', (_, data, received) => {
  expect(() => checkPixels({ ...picture, data } as Pixels)).toThrow(
    new InputError('picture', '6 bytes for 3 × 2 pixels of 1 channels', received),
  );
});
