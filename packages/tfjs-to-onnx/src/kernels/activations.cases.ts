import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const inputs = { x: { shape: [null, 3, 5] } } as const;
const wide = { x: { shape: [null, 6], range: [-30, 30] } } as const;

const op = (kernel: string, fn: (x: tf.Tensor) => tf.Tensor): KernelCase => ({
  name: kernel,
  kernels: [kernel],
  fn,
  inputs,
});

export const activationCases: readonly KernelCase[] = [
  op('Elu', tf.elu),
  op('LeakyRelu', (x) => tf.leakyRelu(x, 0.3)),
  op('Prelu', (x) => tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3, -0.4, 0]))),
  {
    name: 'Prelu of a broadcast tensor',
    kernels: ['Prelu'],
    fn: (x) =>
      tf.prelu(
        tf.tile(x, [1, 2, 1]),
        tf.tensor2d([
          [0.1, 0.2, 0.3],
          [0.4, 0.5, 0.6],
        ]),
      ),
    inputs: { x: { shape: [null, 1, 3], range: [-1, 1] } },
  },
  op('Relu', tf.relu),
  op('Relu6', tf.relu6),
  op('Selu', tf.selu),
  op('Sigmoid', tf.sigmoid),
  op('Softplus', tf.softplus),
  op('Tanh', tf.tanh),
  { name: 'Softmax', kernels: ['Softmax'], fn: (x) => tf.softmax(x), inputs: wide },
  { name: 'log softmax', kernels: ['Max', 'Log'], fn: (x) => tf.logSoftmax(x), inputs: wide },
  {
    name: 'EluGrad',
    kernels: ['EluGrad'],
    fn: (x) => tf.grad((v) => tf.elu(v))(x),
    inputs,
  },
  {
    name: 'gradient of relu, relu6, leaky relu, sigmoid, tanh and softplus',
    kernels: ['Step', 'Select', 'Sub'],
    fn: (x) => {
      const of = (f: (v: tf.Tensor) => tf.Tensor) => tf.grad(f)(x);
      return {
        relu: of(tf.relu),
        relu6: of(tf.relu6),
        leaky: of((v) => tf.leakyRelu(v, 0.1)),
        sigmoid: of(tf.sigmoid),
        tanh: of(tf.tanh),
        softplus: of(tf.softplus),
        selu: of(tf.selu),
      };
    },
    inputs,
  },
  {
    name: 'gradient of softmax and log softmax',
    kernels: ['Softmax', 'Exp'],
    fn: (x, w) => ({
      plain: tf.grad((v) => tf.mul(tf.softmax(v), w))(x),
      log: tf.grad((v) => tf.mul(tf.logSoftmax(v), w))(x),
    }),
    inputs: { x: { shape: [null, 6], range: [-5, 5] }, w: { shape: [null, 6], range: [-1, 1] } },
  },
  {
    name: 'softmax cross entropy with its gradient',
    kernels: ['Exp', 'Log'],
    fn: (x, y) => {
      const { value, grad } = tf.valueAndGrad((v) =>
        tf.losses.softmaxCrossEntropy(tf.cast(y, 'float32'), v),
      )(x);
      return { value, grad };
    },
    inputs: { x: { shape: [null, 6], range: [-5, 5] }, y: { shape: [null, 6], range: [0, 1] } },
  },
  {
    name: 'gradient of prelu',
    kernels: ['Greater', 'Select'],
    fn: (x, a) => tf.grads((v: tf.Tensor, w: tf.Tensor) => tf.prelu(v, w))([x, a]),
    inputs: { x: { shape: [null, 3, 4], range: [-2, 2] }, a: { shape: [4], range: [-1, 1] } },
  },
];
