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
  const UNKNOWN = 'its entry for a is not a tensor of a known type';
  const bad: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'it is shorter than a header'],
    ['seven bytes', new Uint8Array(7), 'it is shorter than a header'],
    ['eight bytes, of an empty header', new Uint8Array(8), 'its header is not JSON'],
    ['a cut header', bytes.subarray(0, 40), 'its header is cut short'],
    ['a huge header length', Buffer.alloc(16, 0xff), 'its header is cut short'],
    ['a header that is no JSON', withHeader('{"a":'), 'its header is not JSON'],
    ['a header that is null', withHeader('null'), 'its header is not a JSON object'],
    ['a header that is a number', withHeader('7'), 'its header is not a JSON object'],
    ['a header that is a list', withHeader('[]'), 'its header is not a JSON object'],
    ...['null', '"text"', '{"a":1}', '{"a":"b","c":null}'].map(
      (metadata): [string, Uint8Array, string] => [
        `the metadata ${metadata}`,
        withHeader(`{"__metadata__":${metadata}}`),
        'its metadata are not strings by name',
      ],
    ),
    [
      'cut numbers',
      bytes.subarray(0, bytes.length - 1),
      'it is cut short: half ends at 59 of 58 bytes',
    ],
    ['another type', entry({ dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] }), UNKNOWN],
    ['no entry', withHeader('{"a":null}'), UNKNOWN],
    ['a shape that is no list', entry({ dtype: 'U8', shape: 1, data_offsets: [0, 1] }), UNKNOWN],
    ['half a row', entry({ dtype: 'U8', shape: [0.5], data_offsets: [0, 1] }), UNKNOWN],
    ['one offset', entry({ dtype: 'U8', shape: [1], data_offsets: [0] }), UNKNOWN],
    ['three offsets', entry({ dtype: 'U8', shape: [1], data_offsets: [0, 1, 2] }), UNKNOWN],
    [
      'offsets before the start',
      entry({ dtype: 'F32', shape: [1], data_offsets: [-4, 0] }),
      UNKNOWN,
    ],
    [
      'offsets against the shape',
      entry({ dtype: 'F32', shape: [9], data_offsets: [0, 4] }),
      'the offsets of a do not match its shape',
    ],
    [
      'offsets past the end',
      entry({ dtype: 'F32', shape: [8], data_offsets: [0, 32] }),
      'it is cut short: a ends at 32 of 28 bytes',
    ],
  ];
  test.each(bad)('refuses %s', (_, source, fault) => {
    const error = errorOf(() => decodeSafetensors(source, 'some/file')) as LatentkitError;
    expect(LatentkitError.isInstance(error)).toBe(true);
    expect(error.code).toBe('invalid-data');
    expect(error.message).toBe(`some/file is not a usable safetensors file: ${fault}.`);
  });

  test('refuses what is no JSON with the reason of the parser, and the rest with none', () => {
    const errorIn = (source: Uint8Array) => errorOf(() => decodeSafetensors(source, 'file'));
    expect((errorIn(withHeader('{"a":')) as Error).cause).toBeInstanceOf(SyntaxError);
    expect(errorIn(withHeader('null'))).not.toHaveProperty('cause');
  });

  test('reads numbers up to the last byte, and a tensor without numbers at the end', () => {
    const whole = entry({ dtype: 'F32', shape: [7], data_offsets: [0, 28] });
    expect(decodeSafetensors(whole, 'file').tensors.get('a')?.data).toEqual(new Float32Array(7));
    const none = entry({ dtype: 'F32', shape: [0], data_offsets: [28, 28] });
    expect(decodeSafetensors(none, 'file').tensors.get('a')?.data).toEqual(new Float32Array(0));
  });

  test.each<[string, Partial<Record<keyof Tensor, unknown>>]>([
    ['dims that do not fit the data', { dims: [3] }],
    ['a dtype that does not fit the data', { dtype: 'float64' }],
    ['a dtype that there is not', { dtype: 'complex64' }],
    ['numbers in a list', { data: [1, 2] }],
    ['numbers of another width in as many bytes', { data: new Uint8Array(8) }],
  ])('writes no tensor with %s', (_, wrong) => {
    const good: Tensor = { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) };
    const tensors = (tensor: object) => ({
      tensors: new Map([['a', tensor as Tensor]]),
      metadata: {},
    });
    expect(() => encodeSafetensors(tensors(good))).not.toThrow();
    const error = errorOf(() => encodeSafetensors(tensors({ ...good, ...wrong })));
    expect(ArgumentError.isInstance(error)).toBe(true);
    expect((error as ArgumentError).message).toMatch(
      /^tensors\.a: expected a tensor whose dims and dtype fit its data, received an object with /,
    );
  });

  test('reads bytes and nothing else', () => {
    expect(() => decodeSafetensors('text' as never, 'file')).toThrow(
      new ArgumentError('bytes', 'a Uint8Array', 'text'),
    );
  });
});
