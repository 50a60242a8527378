import { describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '../errors/index.ts';
import { tensor } from '../tensor.ts';
import { type Golden, type GoldenGraph, readGolden, writeGolden } from './golden.ts';
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
    expect(error.message).toBe(
      'golden.json holds golden values as JSON, as an earlier version wrote them; this one reads ' +
        'safetensors. Export the model again. (It runs as it is: only checks need the file.)',
    );
  });

  test('are no JSON where the header happens to be as long as the letter { counts', () => {
    const json = JSON.stringify({ __metadata__: { format: 'latentkit golden 2' } });
    const header = Buffer.from(json.padEnd('{'.charCodeAt(0)));
    expect(
      readGolden(Buffer.concat([Buffer.of(header.length, 0, 0, 0, 0, 0, 0, 0), header])),
    ).toEqual({
      graphs: {},
    });
  });

  const of = (names: string[], format = 'latentkit golden 2') =>
    encodeSafetensors({
      tensors: new Map(names.map((name) => [name, tensor(new Float32Array(1))])),
      metadata: { format },
    });
  const unusable = (fault: string) =>
    `holds no usable golden values: ${fault}. Export the model again.`;
  const OTHER_TENSORS =
    'is a safetensors file, but not one of golden values. Export the model again.';
  const bad: [string, Uint8Array, LatentkitError['code'], string][] = [
    [
      'a cut file',
      bytes.subarray(0, -1),
      'invalid-data',
      'is not a usable safetensors file: it is cut short: decoder/outputs/mean ends at 40 of 39 bytes.',
    ],
    [
      'nothing',
      new Uint8Array(0),
      'invalid-data',
      'is not a usable safetensors file: it is shorter than a header.',
    ],
    [
      'other tensors',
      encodeSafetensors({ tensors: new Map(), metadata: {} }),
      'invalid-data',
      OTHER_TENSORS,
    ],
    ['tensors of another tool', of([], 'pt'), 'invalid-data', OTHER_TENSORS],
    [
      'a later format',
      of([], 'latentkit golden 3'),
      'unsupported-format',
      "has the format 'latentkit golden 3'; this version reads 'latentkit golden 2'. Export the model again, or use a newer version of latentkit.",
    ],
    ...['critic/inputs/x', 'encoder/x', 'encoder/middle/x', 'encoder/inputs'].map(
      (name): [string, Uint8Array, LatentkitError['code'], string] => [
        `a tensor ${name}`,
        of([name]),
        'invalid-data',
        unusable(`'${name}' is no input or output of a graph`),
      ],
    ),
    [
      'a graph without outputs',
      of(['encoder/inputs/x']),
      'invalid-data',
      unusable('the encoder has no outputs'),
    ],
    [
      'a graph without inputs',
      of(['prior/outputs/x']),
      'invalid-data',
      unusable('the prior has no inputs'),
    ],
  ];
  test.each(bad)('are not read from %s', (_, source, code, fault) => {
    const error = errorOf(() => readGolden(source, 'some/golden.safetensors'));
    expect(error.code).toBe(code);
    expect(error.message).toBe(`some/golden.safetensors ${fault}`);
  });

  test.each([['text'], [undefined], [[123]]])(
    'are not read from %p, which is no bytes',
    (source) => {
      expect(() => readGolden(source as never)).toThrow(
        new ArgumentError('bytes', 'a Uint8Array', source),
      );
    },
  );

  const NO_GOLDEN = 'golden: expected golden values, { graphs: { encoder: … } }, received';
  const { inputs } = golden.graphs.encoder as GoldenGraph;
  test.each<[string, unknown, string]>([
    ['nothing', undefined, `${NO_GOLDEN} undefined.`],
    ['a list', [], `${NO_GOLDEN} [].`],
    ['no graphs', { graphs: null }, `${NO_GOLDEN} an object with graphs.`],
    [
      'an unknown graph',
      { graphs: { critic: golden.graphs.encoder } },
      "golden.graphs.critic: expected inputs and outputs, received 'no graph of a model'.",
    ],
    [
      'a graph that is null',
      { graphs: { encoder: null } },
      "golden.graphs.encoder: expected inputs and outputs, received 'no inputs'.",
    ],
    [
      'a graph without outputs',
      { graphs: { encoder: { inputs } } },
      "golden.graphs.encoder: expected inputs and outputs, received 'no outputs'.",
    ],
    [
      'numbers in lists',
      { graphs: { encoder: { inputs: { x: [1] }, outputs: { y: [1] } } } },
      'tensors.encoder/inputs/x: expected a tensor whose dims and dtype fit its data, received [1].',
    ],
  ])('are not made of %s', (_, wrong, message) => {
    const error = errorOf(() => writeGolden(wrong as Golden));
    expect(ArgumentError.isInstance(error)).toBe(true);
    expect(error.message).toBe(message);
  });
});
