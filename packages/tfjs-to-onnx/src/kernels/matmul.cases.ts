import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const weights = (rows: number, columns: number) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + 1)),
    [rows, columns],
  );

const FLIPS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

export const matmulCases: readonly KernelCase[] = [
  ...FLIPS.map(
    ([a, b]): KernelCase => ({
      name: `BatchMatMul of matrices${a ? ', a transposed' : ''}${b ? ', b transposed' : ''}`,
      kernels: ['BatchMatMul'],
      fn: (x, y) => tf.matMul(x, y, a, b),
      inputs: {
        x: { shape: a ? [4, null] : [null, 4], range: [-1, 1] },
        y: { shape: b ? [3, 4] : [4, 3], range: [-1, 1] },
      },
    }),
  ),
  ...FLIPS.map(
    ([a, b]): KernelCase => ({
      name: `BatchMatMul of stacks${a ? ', a transposed' : ''}${b ? ', b transposed' : ''}`,
      kernels: ['BatchMatMul'],
      fn: (x, y) => tf.matMul(x, y, a, b),
      inputs: {
        x: { shape: a ? [null, 2, 4, 5] : [null, 2, 5, 4], range: [-1, 1] },
        y: { shape: b ? [null, 2, 3, 4] : [null, 2, 4, 3], range: [-1, 1] },
      },
    }),
  ),
  {
    name: 'BatchMatMul of a stack with one matrix',
    kernels: ['BatchMatMul'],
    fn: (x) => tf.matMul(x, tf.expandDims(weights(4, 3), 0)),
    inputs: { x: { shape: [null, 5, 4], range: [-1, 1] } },
  },
  ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const).map(
    (activation): KernelCase => ({
      name: `_FusedMatMul with bias and ${activation}`,
      kernels: ['_FusedMatMul'],
      fn: (x) =>
        tf.fused.matMul({
          a: x as tf.Tensor2D,
          b: weights(4, 3),
          bias: tf.tensor1d([0.1, -0.2, 0.3]),
          activation,
          leakyreluAlpha: 0.1,
        }),
      inputs: { x: { shape: [null, 4], range: [-2, 2] } },
    }),
  ),
  {
    name: '_FusedMatMul with prelu',
    kernels: ['_FusedMatMul'],
    fn: (x) =>
      tf.fused.matMul({
        a: x as tf.Tensor2D,
        b: weights(4, 3),
        activation: 'prelu',
        preluActivationWeights: tf.tensor2d([[0.1, 0.2, 0.3]]),
      }),
    inputs: { x: { shape: [null, 4], range: [-2, 2] } },
  },
  {
    name: '_FusedMatMul of a stack with bias',
    kernels: ['_FusedMatMul'],
    fn: (x, y) =>
      tf.fused.matMul({ a: x as tf.Tensor3D, b: y as tf.Tensor3D, bias: tf.tensor1d([1, 2, 3]) }),
    inputs: { x: { shape: [null, 2, 4] }, y: { shape: [null, 4, 3] } },
  },
  {
    name: 'gradients of a dense layer',
    kernels: ['BatchMatMul', 'Sum', 'Step'],
    fn: (x, w, b) => {
      const [dx, dw, db] = tf.grads((a: tf.Tensor, k: tf.Tensor, c: tf.Tensor) =>
        tf.relu(tf.add(tf.matMul(a, k), c)),
      )([x, w, b]) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { dx, dw, db };
    },
    inputs: {
      x: { shape: [null, 4], range: [-1, 1] },
      w: { shape: [4, 3], range: [-1, 1] },
      b: { shape: [3], range: [-1, 1] },
    },
  },
];
