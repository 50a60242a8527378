import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';
import type { InputSpec } from '../trace/inputs.ts';

const any: InputSpec = { shape: [null, 7] };
const between = (low: number, high: number): InputSpec => ({
  shape: [null, 7],
  range: [low, high],
});

const op = (kernel: string, fn: (x: tf.Tensor) => tf.Tensor, x: InputSpec = any): KernelCase => ({
  name: kernel,
  kernels: [kernel],
  fn,
  inputs: { x },
});

/** exp and its like are tried where they stay finite; beyond, both sides overflow to the same infinity. */
const MODERATE = between(-20, 20);

/** Of integers tfjs cuts off what these give. */
const OF_FRACTIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  Atan: tf.atan,
  Asinh: tf.asinh,
  Expm1: tf.expm1,
  Log1p: tf.log1p,
  Selu: tf.selu,
  Sinh: (x) => tf.sinh(tf.minimum(x, tf.scalar(3, 'int32'))),
  Softplus: tf.softplus,
};
/** What tfjs computes of bools as of 0 and 1. */
const OF_BOOLS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  Abs: tf.abs,
  ClipByValue: (x) => tf.clipByValue(x, -1.5, 2.5),
  Relu: tf.relu,
  Relu6: tf.relu6,
  Sign: tf.sign,
  Square: tf.square,
  Step: tf.step,
};

export const unaryCases: readonly KernelCase[] = [
  op('Abs', tf.abs),
  op('Acos', tf.acos, between(-1, 1)),
  op('Acosh', tf.acosh, between(1, 50)),
  op('Asin', tf.asin, between(-1, 1)),
  op('Asinh', tf.asinh, between(-10, 50)),
  op('Atan', tf.atan),
  op('Atanh', tf.atanh, between(-0.99, 0.99)),
  op('Ceil', tf.ceil, between(-9, 9)),
  op('ClipByValue', (x) => tf.clipByValue(x, -0.5, 0.25)),
  op('Cos', tf.cos, MODERATE),
  op('Cosh', tf.cosh, MODERATE),
  op('Erf', tf.erf),
  op('Exp', tf.exp, MODERATE),
  op('Expm1', tf.expm1, between(-3, 3)),
  {
    ...op('Expm1', tf.expm1, between(-1e-6, 1e-6)),
    name: 'Expm1 near zero',
    tolerance: { absolute: 0 },
  },
  op('Floor', tf.floor, between(-9, 9)),
  op('IsFinite', (x) => tf.isFinite(tf.div(x, tf.relu(x)))),
  op('IsInf', (x) => tf.isInf(tf.div(tf.add(x, 1), tf.relu(x)))),
  op('IsNan', (x) => tf.isNaN(tf.log(x))),
  op('Log', tf.log, between(1e-3, 50)),
  op('Log1p', tf.log1p, between(-0.9, 50)),
  {
    ...op('Log1p', tf.log1p, between(-1e-6, 1e-6)),
    name: 'Log1p near zero',
    tolerance: { absolute: 0 },
  },
  op('LogicalNot', (x) => tf.logicalNot(tf.greater(x, 0.5))),
  {
    name: 'LogicalNot of an input',
    kernels: ['LogicalNot'],
    fn: tf.logicalNot,
    inputs: { x: { shape: [null, 3], dtype: 'bool' } },
  },
  op('Neg', tf.neg),
  op('Reciprocal', tf.reciprocal, between(0.1, 9)),
  op('Round', tf.round, between(-9, 9)),
  {
    name: 'Round halves to even',
    kernels: ['Round'],
    fn: (x) => tf.round(tf.div(tf.cast(x, 'float32'), 2)),
    inputs: { x: { shape: [null, 9], dtype: 'int32', range: [-9, 9] } },
  },
  op('Rsqrt', tf.rsqrt, between(0.1, 9)),
  op('Sign', tf.sign),
  op('Sin', tf.sin, MODERATE),
  op('Sinh', tf.sinh, MODERATE),
  op('Sqrt', tf.sqrt, between(0, 9)),
  op('Square', tf.square),
  op('Step', (x) => tf.step(tf.sub(x, 0.5))),
  { ...op('Step', (x) => tf.step(x, 0.25)), name: 'Step with a slope' },
  op('Tan', tf.tan, between(-1.5, 1.5)),
  {
    name: 'Cast to int32 and back',
    kernels: ['Cast'],
    fn: (x) => tf.cast(tf.cast(x, 'int32'), 'float32'),
    inputs: { x: between(-9, 9) },
  },
  { name: 'Cast to bool', kernels: ['Cast'], fn: (x) => tf.cast(x, 'bool'), inputs: { x: any } },
  {
    name: 'Cast from bool',
    kernels: ['Cast'],
    fn: (x) => tf.cast(tf.greater(x, 0.5), 'float32'),
    inputs: { x: any },
  },
  op('Identity', (x) => tf.clone(tf.relu(x))),
  {
    name: 'OnesLike and ZerosLike',
    kernels: ['OnesLike', 'ZerosLike'],
    fn: (x) => ({ one: tf.onesLike(x), zero: tf.zerosLike(x), sum: tf.add(tf.onesLike(x), x) }),
    inputs: { x: any },
  },
  { name: 'rank 0', kernels: ['Exp'], fn: tf.exp, inputs: { x: { shape: [], range: [-2, 2] } } },
  ...(['Abs', 'Neg', 'Sign', 'Relu', 'Square'] as const).map(
    (kernel): KernelCase => ({
      name: `${kernel} of integers`,
      kernels: [kernel],
      fn: { Abs: tf.abs, Neg: tf.neg, Sign: tf.sign, Relu: tf.relu, Square: tf.square }[kernel],
      inputs: { x: { shape: [null, 5], dtype: 'int32', range: [-9, 9] } },
    }),
  ),
  {
    name: 'ClipByValue of integers between fractions',
    kernels: ['ClipByValue'],
    fn: (x) => ({
      both: tf.clipByValue(x, -1.5, 2.5),
      positive: tf.clipByValue(x, 0.5, 1e12),
      negative: tf.clipByValue(x, -Infinity, -0.5),
    }),
    inputs: { x: { shape: [null, 9], dtype: 'int32', range: [-5, 5] } },
  },
  ...Object.entries(OF_FRACTIONS).flatMap(([kernel, fn]): KernelCase[] =>
    (['int32', 'bool'] as const).map((dtype) => ({
      name: `${kernel} of ${dtype}, cut off`,
      kernels: [kernel],
      fn: (x) => fn(x),
      inputs: { x: { shape: [null, 5], dtype, range: [0, dtype === 'bool' ? 1 : 9] } },
    })),
  ),
  ...Object.entries(OF_BOOLS).map(
    ([kernel, fn]): KernelCase => ({
      name: `${kernel} of bools`,
      kernels: [kernel],
      fn: (x) => fn(x),
      inputs: { x: { shape: [null, 5], dtype: 'bool' } },
    }),
  ),
];
