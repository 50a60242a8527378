import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const floats = { a: { shape: [null, 4] }, b: { shape: [null, 4] } } as const;
const spread = {
  a: { shape: [null, 4], range: [-3, 3] },
  b: { shape: [4], range: [-3, 3] },
} as const;
const positive = {
  a: { shape: [null, 4], range: [0.1, 3] },
  b: { shape: [4], range: [0.5, 3] },
} as const;
const integers = {
  a: { shape: [null, 4], dtype: 'int32', range: [-9, 9] },
  b: { shape: [null, 4], dtype: 'int32', range: [1, 4] },
} as const;
const bools = {
  a: { shape: [null, 4], dtype: 'bool' },
  b: { shape: [null, 4], dtype: 'bool' },
} as const;

type Operator = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
const op = (
  kernel: string,
  fn: Operator,
  inputs: KernelCase['inputs'] = floats,
  name = kernel,
): KernelCase => ({ name, kernels: [kernel], fn, inputs });

const comparisons: readonly (readonly [string, Operator])[] = [
  ['Equal', tf.equal],
  ['NotEqual', tf.notEqual],
  ['Greater', tf.greater],
  ['GreaterEqual', tf.greaterEqual],
  ['Less', tf.less],
  ['LessEqual', tf.lessEqual],
];

export const binaryCases: readonly KernelCase[] = [
  op('Add', tf.add),
  op('Sub', tf.sub, spread),
  op('Multiply', tf.mul, spread),
  op('RealDiv', tf.div, positive),
  op('Maximum', tf.maximum),
  op('Minimum', tf.minimum),
  op('Pow', tf.pow, positive),
  op('Mod', tf.mod, {
    a: { shape: [null, 4], range: [-7, 7] },
    b: { shape: [4], range: [-3.3, -0.7] },
  }),
  op('Mod', tf.mod, integers, 'Mod of integers'),
  op('FloorDiv', tf.floorDiv, integers),
  {
    name: 'FloorDiv of floats is an integer',
    kernels: ['FloorDiv'],
    fn: (a, b) => tf.floorDiv(a, b),
    inputs: { a: { shape: [null, 5], range: [-9, 9] }, b: { shape: [null, 5], range: [0.5, 3] } },
  },
  op('Atan2', tf.atan2, spread),
  op('Atan2', tf.atan2, integers, 'Atan2 of integers'),
  op('SquaredDifference', tf.squaredDifference),
  ...comparisons.map(([kernel, fn]) => op(kernel, fn)),
  ...comparisons.map(([kernel, fn]) => op(kernel, fn, integers, `${kernel} of integers`)),
  ...(['Add', 'Sub', 'Multiply', 'Maximum', 'Minimum'] as const).map((kernel) =>
    op(
      kernel,
      { Add: tf.add, Sub: tf.sub, Multiply: tf.mul, Maximum: tf.maximum, Minimum: tf.minimum }[
        kernel
      ],
      integers,
      `${kernel} of integers`,
    ),
  ),
  { ...op('BitwiseAnd', tf.bitwiseAnd, integers), opsets: [18, 22] },
  op('LogicalAnd', tf.logicalAnd, bools),
  op('LogicalOr', tf.logicalOr, bools),
  {
    name: 'logical xor',
    kernels: ['LogicalOr', 'LogicalAnd', 'LogicalNot'],
    fn: (a, b) => tf.logicalXor(a, b),
    inputs: bools,
  },
  {
    name: 'AddN',
    kernels: ['AddN'],
    fn: (a, b) => tf.addN([a, b, a]),
    inputs: floats,
  },
  {
    name: 'AddN of integers',
    kernels: ['AddN'],
    fn: (a, b) => tf.addN([a, b, a]),
    inputs: integers,
  },
  {
    name: 'neutral operands disappear',
    kernels: ['Add', 'Multiply', 'RealDiv', 'Sub'],
    fn: (a) => tf.sub(tf.div(tf.add(tf.mul(a, 1), 0), 1), 0),
    inputs: { a: { shape: [null, 4] } },
  },
  {
    name: 'Select',
    kernels: ['Select'],
    fn: (a, b) => tf.where(tf.greater(a, b), a, tf.neg(b)),
    inputs: floats,
  },
  {
    name: 'Select between bools',
    kernels: ['Select'],
    fn: (a, b, c) => tf.where(c, a, b),
    inputs: { ...bools, c: { shape: [null, 4], dtype: 'bool' } },
  },
  {
    name: 'broadcasting in both directions',
    kernels: ['Add'],
    fn: (a, b) => tf.add(a, b),
    inputs: { a: { shape: [null, 1, 3] }, b: { shape: [5, 1] } },
  },
  {
    name: 'gradients of arithmetic with broadcasting',
    kernels: ['Sum', 'Multiply', 'RealDiv'],
    fn: (a, b) => {
      const of = (f: Operator) => tf.grads(f)([a, b]);
      return Object.fromEntries(
        Object.entries({
          add: of(tf.add),
          sub: of(tf.sub),
          mul: of(tf.mul),
          div: of(tf.div),
        }).flatMap(([name, [da, db]]) => [
          [`${name}_a`, da as tf.Tensor],
          [`${name}_b`, db as tf.Tensor],
        ]),
      );
    },
    inputs: positive,
  },
  {
    name: 'gradients of pow, maximum, minimum and squared difference',
    kernels: ['Log', 'Select', 'GreaterEqual'],
    fn: (a, b) => {
      const of = (f: Operator) => tf.grads(f)([a, b]);
      const [p, q] = of(tf.pow) as [tf.Tensor, tf.Tensor];
      const [m, n] = of(tf.maximum) as [tf.Tensor, tf.Tensor];
      const [r, s] = of(tf.minimum) as [tf.Tensor, tf.Tensor];
      const [u, v] = of(tf.squaredDifference) as [tf.Tensor, tf.Tensor];
      return { p, q, m, n, r, s, u, v };
    },
    inputs: { a: { shape: [null, 4], range: [0.1, 3] }, b: { shape: [null, 4], range: [0.5, 3] } },
  },
  ...Object.entries({ Multiply: tf.mul, Pow: tf.pow, SquaredDifference: tf.squaredDifference }).map(
    ([kernel, fn]): KernelCase => ({
      name: `${kernel} of bools`,
      kernels: [kernel],
      fn: (a, b) => fn(a as tf.Tensor, b as tf.Tensor),
      inputs: { a: { shape: [null, 5], dtype: 'bool' }, b: { shape: [null, 5], dtype: 'bool' } },
    }),
  ),
];
