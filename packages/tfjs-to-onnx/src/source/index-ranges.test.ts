import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { toOnnx } from '../to-onnx.ts';
import { indexRanges } from './index-ranges.ts';

type Value = SymbolicTensor;

const indices = (...shape: number[]) => layers.input({ shape, dtype: 'int32' }) as Value;
const embedded = (inputDim: number, value: Value) =>
  layers.embedding({ inputDim, outputDim: 2 }).apply(value) as Value;

function two(inputDim: number, merge: layers.Layer): LayersModel {
  const inputs = [indices(5), indices(5)];
  return model({ inputs, outputs: embedded(inputDim, merge.apply(inputs) as Value) });
}

const CASES: readonly [string, () => LayersModel, [number, number][]][] = [
  [
    'the embedding itself',
    () => {
      const x = indices(5);
      return model({ inputs: x, outputs: embedded(7, x) });
    },
    [[0, 6]],
  ],
  [
    'a sum',
    () => two(2, layers.add()),
    [
      [0, 0],
      [0, 0],
    ],
  ],
  [
    'a larger sum',
    () => two(10, layers.add()),
    [
      [0, 4],
      [0, 4],
    ],
  ],
  [
    'a product',
    () => two(10, layers.multiply()),
    [
      [0, 3],
      [0, 3],
    ],
  ],
  [
    'a concatenation',
    () => two(4, layers.concatenate()),
    [
      [0, 3],
      [0, 3],
    ],
  ],
  [
    'an embedding at every step',
    () => {
      const x = indices(4, 5);
      const layer = layers.embedding({ inputDim: 1, outputDim: 2 });
      return model({ inputs: x, outputs: layers.timeDistributed({ layer }).apply(x) as Value });
    },
    [[0, 0]],
  ],
  [
    'a model within the model, before the embedding',
    () => {
      const inner = indices(5);
      const reshape = layers.reshape({ targetShape: [5, 1] });
      const within = model({ inputs: inner, outputs: reshape.apply(inner) as Value });
      const x = indices(5);
      return model({ inputs: x, outputs: embedded(1, within.apply(x) as Value) });
    },
    [[0, 0]],
  ],
];

describe.each(CASES)('indices of %s', (_, make, ranges) => {
  test('are within what the embedding has, and the export is verified on them', async () => {
    const source = make();
    expect([...indexRanges(source).values()]).toEqual(ranges);
    const { report } = await toOnnx(source);
    expect(report.verification?.runs).toBeGreaterThan(0);
  });
});
