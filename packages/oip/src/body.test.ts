import { describe, expect, test } from '@jest/globals';
import type { DType, NamedTensors, Tensor } from '@latentkit/core';
import { ARRAYS } from '@latentkit/core/runtime';
import fc from 'fast-check';
import { binaryMessages, readBody, readTensors, writeBody } from './body.ts';

const fail = (fault: string): never => {
  throw new Error(fault);
};

const anyTensor = fc
  .tuple(
    fc.constantFrom(...(Object.keys(ARRAYS) as DType[])),
    fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
    fc.nat({ max: 255 }),
  )
  .map(([dtype, dims, seed]) => {
    const count = dims.reduce((size, dim) => size * dim, 1);
    const bytes = new Uint8Array(count * ARRAYS[dtype].BYTES_PER_ELEMENT);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (seed * (i + 1) * 37) % 256;
    return { data: new ARRAYS[dtype](bytes.buffer), dims, dtype } as Tensor;
  });

const bytesOf = ({ data }: Tensor) => [
  ...new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
];

describe('a body', () => {
  test('gives back all tensors to the bit, wherever in memory it lies', () => {
    const property = fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), anyTensor, { maxKeys: 4, noNullPrototype: true }),
      fc.nat({ max: 7 }),
      (tensors: NamedTensors, offset) => {
        const message = { inputs: binaryMessages(tensors) };
        const { bytes, jsonLength } = writeBody(message, Object.values(tensors));
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        const { message: json, binary } = readBody(moved, String(jsonLength), fail);
        const read = readTensors('inputs', json['inputs'], binary, fail);
        expect(Object.keys(read).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, tensor] of Object.entries(tensors)) {
          expect(read[name]).toMatchObject({ dims: tensor.dims, dtype: tensor.dtype });
          expect(bytesOf(read[name]!)).toEqual(bytesOf(tensor));
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test.each<[string, string | undefined]>([
    ['negative', '-1'],
    ['more than there is', '1000'],
    ['no number', 'many'],
  ])('whose JSON has a length that is %s is refused', (_, length) => {
    const { bytes } = writeBody({}, []);
    expect(() => readBody(bytes, length, fail)).toThrow('bytes are JSON');
  });
});

const tensorOf = (datatype: string, data: unknown, shape: unknown = [2]) =>
  readTensors('inputs', [{ name: 'x', datatype, shape, data }], new Uint8Array(), fail)['x']!;

describe('data in JSON', () => {
  test.each([
    ['FP32', [1.5, -2], [1.5, -2]],
    ['FP64', [1e300, 0.1], [1e300, 0.1]],
    ['INT64', [-(2 ** 40), 7], [-(2n ** 40n), 7n]],
    ['UINT8', [0, 255], [0, 255]],
    ['BOOL', [true, 0], [1, 0]],
  ])('are read as %s', (datatype, data, expected) => {
    expect([...(tensorOf(datatype, data).data as Float32Array)]).toEqual(expected);
  });

  test.each([
    ['FP32', [1, 1e39]],
    ['UINT8', [1, 256]],
    ['UINT8', [1, -1]],
    ['INT32', [1, 1.5]],
    ['INT64', [1, 2 ** 60]],
    ['BOOL', [1, 2]],
    ['FP32', [1, true]],
    ['FP32', [1, '2']],
    ['FP16', [1, 2]],
    ['FP32', [1, 2, 3]],
    ['FP32', 'ab'],
  ])('that %s cannot hold are refused: %j', (datatype, data) => {
    expect(() => tensorOf(datatype, data)).toThrow(/^'x' /);
  });

  test('in lists that are nested too deep are refused, not a failure', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}1${']'.repeat(50_000)}`);
    expect(() => tensorOf('FP32', deep, [1])).toThrow(/^'x' .*too deep/);
    expect(() => tensorOf('FP32', deep, [2])).toThrow(/^'x' is nested otherwise .* a list of 1,/);
    expect(() => tensorOf('FP32', [1], deep)).toThrow("'x' has the shape lists in lists, too deep");
    const nested = tensorOf('FP32', [[[[[[[[1], [2]]]]]]]], [1, 1, 1, 1, 1, 1, 2, 1]);
    expect([...(nested.data as Float32Array)]).toEqual([1, 2]);
  });

  test.each<[string, unknown, number[]]>([
    ['flat', [1, 2, 3, 4, 5, 6], [2, 3]],
    [
      'as the shape is',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
    ],
    ['as a shape without elements is', [[], []], [2, 0]],
  ])('are read where they lie %s', (_, data, shape) => {
    const values = [...(tensorOf('FP32', data, shape).data as Float32Array)];
    expect(values).toEqual((data as unknown[]).flat());
  });

  test.each<[unknown, number[], string]>([
    [
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
      [2, 3],
      'a list of 4, not a list of 3, at depth 1',
    ],
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [2, 3],
      'a list of 3, not a list of 2, at depth 0',
    ],
    [[[1, 2, 3], 4, 5, 6], [2, 3], 'a list of 4, not a list of 2, at depth 0'],
    [[[1, 2, 3], 4], [2, 3], '4, not a list of 3, at depth 1'],
    [
      [
        [[1], [2], [3]],
        [[4], [5], [6]],
      ],
      [2, 3],
      'has [1] as its element 0',
    ],
    [[[1, 2, 3, 4, 5, 6]], [6], 'a list of 1, not a list of 6, at depth 0'],
  ])('that are nested otherwise than their shape are refused: %j', (data, shape, message) => {
    expect(() => tensorOf('FP32', data, shape)).toThrow(message);
  });

  test.each([[[-1]], [[1.5]], ['2'], [[2 ** 20, 2 ** 20]], [Array(9).fill(1)]])(
    'of the shape %j are refused',
    (shape) => {
      expect(() => tensorOf('FP32', [1, 2], shape)).toThrow("'x' has the shape");
    },
  );
});

test('bytes that no tensor has are refused, as is a tensor that has data twice', () => {
  const { binary } = readBody(new Uint8Array([123, 125, 9, 9]), '2', fail);
  expect(() => readTensors('inputs', [], binary, fail)).toThrow('2 bytes follow');
  const twice = { name: 'x', datatype: 'UINT8', shape: [2], data: [1, 2] };
  const entry = { ...twice, parameters: { binary_data_size: 2 } };
  expect(() => readTensors('inputs', [entry], binary, fail)).toThrow('in the JSON and behind it');
});
