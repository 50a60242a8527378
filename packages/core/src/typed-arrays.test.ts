import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { isBytes, isFloats, isShared, ofThisRealm } from './typed-arrays.ts';

const NAMES = [
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
] as const;

describe('ofThisRealm', () => {
  test.each(NAMES)('copies a %s of another realm', (name) => {
    const foreign: unknown = runInNewContext(`new ${name}([0, 1, 2, 3]).subarray(1)`);
    expect(foreign).not.toBeInstanceOf(globalThis[name]);
    expect(ofThisRealm(foreign)).toEqual(globalThis[name].of(1, 2, 3));
    expect(ofThisRealm(foreign)).toBeInstanceOf(globalThis[name]);
  });

  test.each(['BigInt64Array', 'BigUint64Array'] as const)('and a %s', (name) => {
    const foreign: unknown = runInNewContext(`new ${name}([5n])`);
    expect(ofThisRealm(foreign)).toEqual(globalThis[name].of(5n));
  });

  test.each(NAMES)('leaves a %s of this realm as it is', (name) => {
    const own = new globalThis[name](2);
    expect(ofThisRealm(own)).toBe(own);
  });

  test.each([
    [null],
    [undefined],
    [3],
    [[1, 2]],
    [new DataView(new ArrayBuffer(2))],
    [new ArrayBuffer(2)],
    [{ [Symbol.toStringTag]: 'Float32Array' }],
  ])('leaves %p as it is', (value) => {
    expect(ofThisRealm(value)).toBe(value);
  });
});

test.each<[string, unknown, floats: boolean, bytes: boolean]>([
  ['floats', new Float32Array(1), true, false],
  ['floats of another realm', runInNewContext('new Float32Array(1)'), true, false],
  ['bytes', new Uint8Array(1), false, true],
  ['bytes of another realm', runInNewContext('new Uint8Array(1)'), false, true],
  ['a Buffer', Buffer.of(1), false, true],
  ['clamped bytes', new Uint8ClampedArray(1), false, false],
  ['doubles', new Float64Array(1), false, false],
  ['a list', [1], false, false],
  ['what claims to be one', { [Symbol.toStringTag]: 'Uint8Array' }, false, false],
  ['nothing', undefined, false, false],
])('%s', (_, value, floats, bytes) => {
  expect([isFloats(value), isBytes(value)]).toEqual([floats, bytes]);
});

test('memory that threads share is told from memory that they do not, in any realm', () => {
  const other = runInNewContext('new SharedArrayBuffer(1)') as unknown;
  for (const shared of [new SharedArrayBuffer(1), other]) expect(isShared(shared)).toBe(true);
  for (const own of [new ArrayBuffer(1), new Uint8Array(1), undefined]) {
    expect(isShared(own)).toBe(false);
  }
});
