import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const MEAN = [0.1, -0.2, 0.3];
const VARIANCE = [0.5, 1.5, 2];
const OFFSET = [1, 2, 3];
const SCALE = [0.9, -1.1, 1.2];

const norm = (x: tf.Tensor, scale: boolean, offset: boolean) =>
  tf.batchNorm(
    x,
    tf.tensor1d(MEAN),
    tf.tensor1d(VARIANCE),
    offset ? tf.tensor1d(OFFSET) : undefined,
    scale ? tf.tensor1d(SCALE) : undefined,
    0.001,
  );

export const normalizationCases: readonly KernelCase[] = [
  ...([[3], [4, 3], [4, 5, 3]] as const).map(
    (rest): KernelCase => ({
      name: `FusedBatchNorm of rank ${rest.length + 1}`,
      kernels: ['FusedBatchNorm'],
      fn: (x) => norm(x, true, true),
      inputs: { x: { shape: [null, ...rest], range: [-2, 2] } },
    }),
  ),
  {
    name: 'FusedBatchNorm without scale and offset',
    kernels: ['FusedBatchNorm'],
    fn: (x) => ({
      bare: norm(x, false, false),
      scaled: norm(x, true, false),
      offset: norm(x, false, true),
    }),
    inputs: { x: { shape: [null, 4, 3], range: [-2, 2] } },
  },
  {
    name: 'FusedBatchNorm by full tensors',
    kernels: ['FusedBatchNorm'],
    fn: (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      const full = (t: tf.Tensor) => tf.tile(t, [1, 1, 3]);
      return tf.batchNorm(x, full(mean), full(variance), undefined, undefined, 0.01);
    },
    inputs: { x: { shape: [null, 4, 3], range: [-2, 2] } },
  },
  {
    name: 'FusedBatchNorm with the statistics of the batch, and its gradients',
    kernels: ['FusedBatchNorm', 'Rsqrt'],
    fn: (x, scale, offset) => {
      const f = (v: tf.Tensor, s: tf.Tensor, o: tf.Tensor) => {
        const { mean, variance } = tf.moments(v, [0, 1, 2]);
        return tf.batchNorm(
          v as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          o as tf.Tensor1D,
          s as tf.Tensor1D,
          0.01,
        );
      };
      const [dx, ds, db] = tf.grads((v: tf.Tensor, s: tf.Tensor, o: tf.Tensor) =>
        tf.square(f(v, s, o)),
      )([x, scale, offset]) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { y: f(x, scale, offset), dx, ds, db };
    },
    inputs: {
      x: { shape: [null, 4, 5, 3], range: [-2, 2] },
      scale: { shape: [3], range: [0.5, 1.5] },
      offset: { shape: [3], range: [-1, 1] },
    },
    // On constant images the gradient by x is a difference of equal numbers: only rounding is left.
    tolerance: { absolute: 1e-3 },
  },
];
