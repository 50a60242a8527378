import { describe, expect, test } from '@jest/globals';
import { errorOf } from '../../testing.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const file = {
  tensors: new Map([
    ['a/kernel', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 1e30) }],
    ['b', { shape: [], data: Float32Array.of(7) }],
    ['empty', { shape: [0, 4], data: new Float32Array(0) }],
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
    expect(bytes.length).toBe(8 + length + 28);
  });

  const entry = (fields: object) => withHeader(JSON.stringify({ a: fields }));
  const bad: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /shorter than a header/],
    ['a cut header', bytes.subarray(0, 40), /header is cut short/],
    ['a huge header length', Buffer.alloc(16, 0xff), /header is cut short/],
    ['a header that is no JSON', withHeader('{"a":'), /not JSON/],
    ['a header that is no object', withHeader('null'), /not a JSON object/],
    ['metadata that are no object', withHeader('{"__metadata__":null}'), /metadata/],
    ['cut numbers', bytes.subarray(0, bytes.length - 1), /cut short/],
    ['another type', entry({ dtype: 'F16', shape: [1], data_offsets: [0, 2] }), /not a float32/],
    ['no entry', withHeader('{"a":null}'), /not a float32/],
    [
      'offsets against the shape',
      entry({ dtype: 'F32', shape: [9], data_offsets: [0, 4] }),
      /do not match/,
    ],
    [
      'offsets before the start',
      entry({ dtype: 'F32', shape: [1], data_offsets: [-4, 0] }),
      /not a float32/,
    ],
    [
      'offsets past the end',
      entry({ dtype: 'F32', shape: [8], data_offsets: [0, 32] }),
      /cut short/,
    ],
  ];
  test.each(bad)('refuses %s', async (_, source, message) => {
    const error = await errorOf(() => decodeSafetensors(source, 'some/file'));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(message);
  });
});
