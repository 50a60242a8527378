import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const x = { x: { shape: [null, 4, 3], range: [-1.5, 1.5] } } as const;

export const scanCases: readonly KernelCase[] = [
  ...([false, true] as const).flatMap((exclusive) =>
    ([false, true] as const).flatMap((reverse): KernelCase[] => {
      const form = `${exclusive ? ' exclusive' : ''}${reverse ? ' reversed' : ''}`;
      return [
        {
          name: `Cumsum${form}`,
          kernels: ['Cumsum'],
          fn: (v) => tf.cumsum(v, 1, exclusive, reverse),
          inputs: x,
        },
        {
          name: `Cumprod${form}`,
          kernels: ['Cumprod'],
          fn: (v) => tf.cumprod(v, 1, exclusive, reverse),
          inputs: x,
        },
      ];
    }),
  ),
  ...([tf.cumsum, tf.cumprod] as const).map(
    (fn, i): KernelCase => ({
      name: `${i === 0 ? 'Cumsum' : 'Cumprod'} of bools`,
      kernels: [i === 0 ? 'Cumsum' : 'Cumprod'],
      fn: (v) => fn(v, 1),
      inputs: { x: { shape: [null, 4, 3], dtype: 'bool' } },
    }),
  ),
  {
    name: 'Cumsum over the last axis',
    kernels: ['Cumsum'],
    fn: (v) => tf.cumsum(v, 2),
    inputs: x,
  },
  {
    // Along the last axis: along others the gradient that tfjs has comes out transposed.
    name: 'gradient of a cumsum',
    kernels: ['Cumsum'],
    fn: (v) => tf.grad((t) => tf.square(tf.cumsum(t, 2)))(v),
    inputs: x,
  },
  {
    name: 'Einsum of two tensors',
    kernels: ['Einsum'],
    fn: (a, b) => tf.einsum('bij,bjk->bik', a, b),
    inputs: { a: { shape: [null, 2, 4] }, b: { shape: [null, 4, 3] } },
  },
  {
    name: 'Einsum that sums an index away',
    kernels: ['Einsum'],
    fn: (a, b) => tf.einsum('bi,ki->bk', a, b),
    inputs: { a: { shape: [null, 4] }, b: { shape: [3, 4] } },
  },
];
