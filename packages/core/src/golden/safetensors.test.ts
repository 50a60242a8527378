import { describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '../errors/index.ts';
import type { Tensor } from '../tensor.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const file = {
  tensors: new Map<string, Tensor>([
    [
      'a/kernel',
      { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 1e30) },
    ],
    ['b', { dtype: 'float32', dims: [], data: Float32Array.of(7) }],
    ['empty', { dtype: 'float32', dims: [0, 4], data: new Float32Array(0) }],
    ['not a number', { dtype: 'float32', dims: [2], data: Float32Array.of(Number.NaN, -0) }],
    ['bytes', { dtype: 'uint8', dims: [3], data: Uint8Array.of(0, 128, 255) }],
    ['flags', { dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) }],
    ['indices', { dtype: 'int32', dims: [1, 2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
    ['long', { dtype: 'int64', dims: [1], data: BigInt64Array.of(-(2n ** 63n)) }],
    ['half', { dtype: 'float16', dims: [1], data: Uint16Array.of(0x3c00) }],
  ]),
  metadata: { note: 'ü "quoted"' },
};
const bytes = encodeSafetensors(file);

/** A file with another header over the same numbers. */
function withHeader(header: string): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(28)]);
}

function errorOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('safetensors', () => {
  test('what was written is read, wherever in memory it lies', () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const source of [bytes, Buffer.from(bytes), shifted.subarray(3)]) {
      const read = decodeSafetensors(source, 'file');
      expect(read.tensors).toEqual(file.tensors);
      expect(read.metadata).toEqual(file.metadata);
    }
  });

  test('is laid out as the format says', () => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
    expect(header['a/kernel']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(view.getFloat32(8 + length + 8, true)).toBe(3.5);
    expect(bytes.length).toBe(8 + length + 28 + 8 + 3 + 2 + 8 + 8 + 2);
  });

  const entry = (fields: object) => withHeader(JSON.stringify({ a: fields }));
  const bad: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /shorter than a header/],
    ['a cut header', bytes.subarray(0, 40), /header is cut short/],
    ['a huge header length', Buffer.alloc(16, 0xff), /header is cut short/],
    ['a header that is no JSON', withHeader('{"a":'), /not JSON/],
    ['a header that is no object', withHeader('null'), /not a JSON object/],
    ['metadata that are no object', withHeader('{"__metadata__":null}'), /metadata/],
    ['metadata that are no strings', withHeader('{"__metadata__":{"a":1}}'), /metadata/],
    ['cut numbers', bytes.subarray(0, bytes.length - 1), /cut short/],
    ['another type', entry({ dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] }), /not a tensor/],
    ['no entry', withHeader('{"a":null}'), /not a tensor/],
    [
      'offsets against the shape',
      entry({ dtype: 'F32', shape: [9], data_offsets: [0, 4] }),
      /do not match/,
    ],
    [
      'offsets before the start',
      entry({ dtype: 'F32', shape: [1], data_offsets: [-4, 0] }),
      /not a tensor/,
    ],
    [
      'offsets past the end',
      entry({ dtype: 'F32', shape: [8], data_offsets: [0, 32] }),
      /cut short/,
    ],
  ];
  test.each(bad)('refuses %s', (_, source, message) => {
    const error = errorOf(() => decodeSafetensors(source, 'some/file')) as LatentkitError;
    expect(LatentkitError.isInstance(error)).toBe(true);
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(message);
  });

  test.each<[string, Partial<Record<keyof Tensor, unknown>>]>([
    ['dims that do not fit the data', { dims: [3] }],
    ['a dtype that does not fit the data', { dtype: 'float64' }],
    ['a dtype that there is not', { dtype: 'complex64' }],
    ['numbers in a list', { data: [1, 2] }],
  ])('writes no tensor with %s', (_, wrong) => {
    const good: Tensor = { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) };
    const tensors = (tensor: object) => ({
      tensors: new Map([['a', tensor as Tensor]]),
      metadata: {},
    });
    expect(() => encodeSafetensors(tensors(good))).not.toThrow();
    const error = errorOf(() => encodeSafetensors(tensors({ ...good, ...wrong })));
    expect(ArgumentError.isInstance(error)).toBe(true);
  });

  test('reads bytes and nothing else', () => {
    const error = errorOf(() => decodeSafetensors('text' as never, 'file'));
    expect(ArgumentError.isInstance(error)).toBe(true);
  });
});
