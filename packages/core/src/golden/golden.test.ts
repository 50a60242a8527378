import { describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '../errors/index.ts';
import { tensor } from '../tensor.ts';
import { type Golden, readGolden, writeGolden } from './golden.ts';
import { encodeSafetensors } from './safetensors.ts';

const golden: Golden = {
  graphs: {
    encoder: {
      inputs: { x: tensor(Float32Array.of(0.1, 1e-40, -0, 3), [2, 2]) },
      outputs: {
        indices: { dtype: 'int32', dims: [2], data: Int32Array.of(7, -1) },
        'a/b': tensor(Float32Array.of(1, 2), [2, 1]),
      },
    },
    decoder: {
      inputs: { z: tensor(Float32Array.of(5), [1, 1]) },
      outputs: { mean: tensor(Float32Array.of(6), [1, 1]) },
    },
  },
};
const bytes = writeGolden(golden);

function errorOf(act: () => unknown): LatentkitError {
  try {
    act();
  } catch (error) {
    if (LatentkitError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('golden values', () => {
  test('are read as they were written, to the last bit, and the same values are the same bytes', () => {
    expect(readGolden(bytes)).toEqual(golden);
    expect(readGolden(Buffer.from(bytes))).toEqual(golden);
    expect(writeGolden(readGolden(bytes))).toEqual(bytes);
  });

  test('of the first format, JSON, are refused with what to do', () => {
    const error = errorOf(() => readGolden(Buffer.from('{"format":1,"graphs":{}}'), 'golden.json'));
    expect(error.code).toBe('unsupported-format');
    expect(error.message).toMatch(/^golden\.json .* as JSON.* Export the model again/);
  });

  const tensors = new Map([['encoder/inputs/x', tensor(new Float32Array(1))]]);
  const of = (names: string[], format = 'latentkit golden 2') =>
    encodeSafetensors({
      tensors: new Map(names.map((name) => [name, tensor(new Float32Array(1))])),
      metadata: { format },
    });
  const bad: [string, Uint8Array, LatentkitError['code'], RegExp][] = [
    ['a cut file', bytes.subarray(0, -1), 'invalid-data', /cut short/],
    ['nothing', new Uint8Array(0), 'invalid-data', /shorter than a header/],
    [
      'other tensors',
      encodeSafetensors({ tensors, metadata: {} }),
      'invalid-data',
      /not one of golden values/,
    ],
    ['a later format', of([], 'latentkit golden 3'), 'unsupported-format', /golden 3.*golden 2/],
    ['an unknown graph', of(['critic/inputs/x']), 'invalid-data', /'critic\/inputs\/x'/],
    ['an unknown side', of(['encoder/x']), 'invalid-data', /'encoder\/x'/],
    ['a tensor without a name', of(['encoder/inputs']), 'invalid-data', /'encoder\/inputs'/],
    ['a graph without outputs', of(['encoder/inputs/x']), 'invalid-data', /encoder has no outputs/],
    ['a graph without inputs', of(['prior/outputs/x']), 'invalid-data', /prior has no inputs/],
  ];
  test.each(bad)('are not read from %s', (_, source, code, message) => {
    const error = errorOf(() => readGolden(source, 'some/golden.safetensors'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('some/golden.safetensors');
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['an unknown graph', { graphs: { critic: golden.graphs.encoder } }],
    ['a graph without outputs', { graphs: { encoder: { inputs: golden.graphs.encoder?.inputs } } }],
    ['numbers in lists', { graphs: { encoder: { inputs: { x: [1] }, outputs: { y: [1] } } } }],
  ])('are not made of %s', (_, wrong) => {
    expect(ArgumentError.isInstance(errorOf(() => writeGolden(wrong as Golden)))).toBe(true);
  });
});
