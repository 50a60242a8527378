import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const floats = { x: { shape: [null, 3, 5], range: [-2, 2] } } as const;
const bools = { x: { shape: [null, 3, 5], dtype: 'bool' } } as const;

type Reduction = (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor;

const forms = (
  kernel: string,
  fn: Reduction,
  inputs: KernelCase['inputs'] = floats,
): KernelCase[] => [
  { name: `${kernel} over the last axis`, kernels: [kernel], fn: (x) => fn(x, -1), inputs },
  {
    name: `${kernel} over axes from behind`,
    kernels: [kernel],
    fn: (x) => fn(x, [-2, -1]),
    inputs,
  },
  {
    name: `${kernel} over two axes, kept`,
    kernels: [kernel],
    fn: (x) => fn(x, [1, 2], true),
    inputs,
  },
  { name: `${kernel} over everything`, kernels: [kernel], fn: (x) => fn(x), inputs },
];

export const reductionCases: readonly KernelCase[] = [
  ...forms('Sum', tf.sum),
  ...forms('Mean', tf.mean),
  ...forms('Max', tf.max),
  ...forms('Min', tf.min),
  ...forms('Prod', tf.prod),
  ...forms('All', tf.all, bools),
  ...forms('Any', tf.any, bools),
  { name: 'Sum over the batch', kernels: ['Sum'], fn: (x) => tf.sum(x, 0), inputs: floats },
  { name: 'Mean over the batch', kernels: ['Mean'], fn: (x) => tf.mean(x, 0), inputs: floats },
  { name: 'Sum of bools', kernels: ['Sum'], fn: (x) => tf.sum(x, 1), inputs: bools },
  {
    name: 'Sum of integers',
    kernels: ['Sum'],
    fn: (x) => tf.sum(x, 1),
    inputs: { x: { shape: [null, 4], dtype: 'int32', range: [-9, 9] } },
  },
  {
    name: 'Max of integers',
    kernels: ['Max'],
    fn: (x) => tf.max(x, 1),
    inputs: { x: { shape: [null, 4], dtype: 'int32', range: [-9, 9] } },
  },
  {
    name: 'Sum over an axis of size 1',
    kernels: ['Sum'],
    fn: (x) => tf.sum(x, 1),
    inputs: { x: { shape: [null, 1, 4] } },
  },
  { name: 'ArgMax', kernels: ['ArgMax'], fn: (x) => tf.argMax(x, -1), inputs: floats },
  {
    name: 'ArgMax over the batch',
    kernels: ['ArgMax'],
    fn: (x) => tf.argMax(x, 0),
    inputs: floats,
  },
  ...Object.entries({ Max: tf.max, Min: tf.min, ArgMax: tf.argMax, ArgMin: tf.argMin }).map(
    ([kernel, fn]): KernelCase => ({
      name: `${kernel} of bools`,
      kernels: [kernel],
      fn: (x) => fn(x, 1),
      inputs: bools,
    }),
  ),
  {
    name: 'ArgMin over the middle',
    kernels: ['ArgMin'],
    fn: (x) => tf.argMin(x, -2),
    inputs: floats,
  },
  { name: 'ArgMin', kernels: ['ArgMin'], fn: (x) => tf.argMin(x, 1), inputs: floats },
  {
    name: 'log of a sum of exponentials',
    kernels: ['Max', 'Sum'],
    fn: (x) => tf.logSumExp(x, -1),
    inputs: floats,
  },
  { name: 'moments', kernels: ['Mean'], fn: (x) => ({ ...tf.moments(x, 0) }), inputs: floats },
  {
    name: 'gradients of sum, mean, max and log-sum-exp',
    kernels: ['Multiply', 'RealDiv', 'Equal'],
    fn: (x) => {
      const of = (f: (v: tf.Tensor) => tf.Tensor) => tf.grad(f)(x);
      return {
        sum: of((v) => tf.mul(tf.sum(v, 1), 2)),
        mean: of((v) => tf.square(tf.mean(v, 0))),
        all: of((v) => tf.mean(v)),
        max: of((v) => tf.max(v, -1)),
        lse: of((v) => tf.logSumExp(v, -1)),
      };
    },
    inputs: floats,
  },
];
