import { expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { convolution, dense, type Symbolic, transposedConvolution } from './layers.ts';
import { residualBlock, startsAtZero } from './residual-block.ts';

/** A network of one input, all its weights different. */
function network(shape: number[], build: (x: Symbolic) => Symbolic) {
  const x = layers.input({ shape });
  const model = layers.model({ inputs: x, outputs: build(x) });
  let next = 0;
  for (const weight of model.weights) {
    const size = weight.shape.reduce<number>((product, side) => product * (side as number), 1);
    const values = Float32Array.from({ length: size }, () => Math.sin(++next));
    weight.write(tf.tensor(values, weight.shape as number[]));
  }
  const named = (name: string): number[] => {
    const found = model.weights.find((weight) => weight.originalName === name);
    return Array.from((found as (typeof model.weights)[number]).read().dataSync());
  };
  const run = (values: number[]): number[] =>
    Array.from((model.predict(tf.tensor(values, [1, ...shape])) as tf.Tensor).dataSync());
  return { model, named, run };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

test('a gated layer is its product times the sigmoid of a second one of the same input', () => {
  const { named, run } = network([2], (x) => dense('hidden', 3, x, 'gated'));
  const input = [0.7, -1.3];
  const product = (kernel: number[], bias: number[]) =>
    bias.map((start, unit) =>
      input.reduce((sum, value, i) => sum + value * (kernel[i * 3 + unit] as number), start),
    );
  const value = product(named('hidden/kernel'), named('hidden/bias'));
  const gate = product(named('hidden_gate/kernel'), named('hidden_gate/bias'));
  expect(value.some((each) => Math.abs(each) > 0.1)).toBe(true);
  expect(run(input)).toEqual(
    value.map((each, unit) => expect.closeTo(each * sigmoid(gate[unit] as number), 5)),
  );
});

test.each([
  ['convolution', convolution],
  ['transposed convolution', transposedConvolution],
])('a gated %s with a window of one element is a gated layer at each', (_, layer) => {
  const options = { name: 'conv', filters: 2, kernelSize: 1, activation: 'gated' } as const;
  const grid = network([1, 2, 1], (x) => layer(options, x));
  const [a, b] = grid.named('conv/kernel') as [number, number];
  const [c, d] = grid.named('conv_gate/kernel') as [number, number];
  const [[e, f], [g, h]] = [grid.named('conv/bias'), grid.named('conv_gate/bias')] as [
    [number, number],
    [number, number],
  ];
  const expected = [0.5, -2].flatMap((x) => [
    (a * x + e) * sigmoid(c * x + g),
    (b * x + f) * sigmoid(d * x + h),
  ]);
  expect(grid.run([0.5, -2])).toEqual(expected.map((value) => expect.closeTo(value, 5)));
});

test('a gated residual block starts as the identity, its gate aside', () => {
  const block = network([3, 3, 2], (x) => residualBlock('block', 2, 'gated', x));
  const items = Array.from({ length: 18 }, (_, i) => Math.sin(i));
  expect(block.run(items)).not.toEqual(items.map((value) => expect.closeTo(value, 5)));
  const zeroed = block.model.weights.filter(({ originalName }) => startsAtZero(originalName));
  expect(zeroed.map(({ originalName }) => originalName)).toEqual(['block_end/kernel']);
  const bias = block.model.weights.find(({ originalName }) => originalName === 'block_end/bias');
  for (const weight of [...zeroed, bias as (typeof zeroed)[number]]) {
    weight.write(tf.zeros(weight.shape as number[]));
  }
  expect(block.run(items)).toEqual(items.map((value) => expect.closeTo(value, 5)));
});
