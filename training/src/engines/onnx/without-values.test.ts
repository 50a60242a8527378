import { beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { withoutValues } from './without-values.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const image = tf.ones<tf.Rank.R4>([2, 7, 5, 3]);
const filter = tf.ones<tf.Rank.R4>([3, 2, 3, 4]);
const matrix = tf.ones<tf.Rank.R3>([2, 3, 4]);

const CALLS: Record<string, () => tf.Tensor> = {
  'a convolution, same': () => tf.conv2d(image, filter, 2, 'same'),
  'a convolution, valid and dilated': () => tf.conv2d(image, filter, 1, 'valid', 'NHWC', 2),
  'its gradient by the input': () =>
    tf.grad((x) => tf.conv2d(x as tf.Tensor4D, filter, 2, 'same'))(image),
  'its gradient by the filter': () =>
    tf.grad((f) => tf.conv2d(image, f as tf.Tensor4D, 2, 'same'))(filter),
  'a fused convolution': () =>
    tf.fused.conv2d({ x: image, filter, strides: 1, pad: 'same', activation: 'relu' }),
  'a product': () => tf.matMul(matrix, tf.ones([2, 4, 5])),
  'a product of transposed factors': () => tf.matMul(matrix, tf.ones([1, 5, 3]), true, true),
  'a bias on every pixel': () => tf.add(image, tf.ones([3])),
  'a difference of columns and rows': () => tf.sub(tf.fill([4, 1], 3), tf.ones([1, 5])),
  'a sum along axes': () => tf.sum(image, [1, -1]),
  'a sum along axes that are kept': () => tf.sum(image, [0, 2], true),
  'a sum of all': () => tf.sum(image),
  'axes in another order': () => tf.transpose(image, [0, 3, 1, 2]),
  'axes in reverse': () => tf.transpose(matrix),
  'a sigmoid': () => tf.sigmoid(image),
  'a fused product': () => tf.fused.matMul({ a: tf.ones([2, 3]), b: tf.ones([3, 4]) }),
};

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  test('has the shape of what tfjs computes, and no values', () => {
    const computed = call();
    const traced = withoutValues(call);
    expect(traced.shape).toEqual(computed.shape);
    expect(traced.dataSync().every((value) => value === 0)).toBe(true);
    expect(computed.dataSync().some((value) => value !== 0)).toBe(true);
  });
});

test('integers are computed: they may be indices', () => {
  const sum = withoutValues(() => tf.add(tf.tensor1d([1, 2], 'int32'), tf.scalar(3, 'int32')));
  expect([...sum.dataSync()]).toEqual([4, 5]);
});

test('tfjs computes again afterwards, also when the function throws', () => {
  expect(() =>
    withoutValues(() => {
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync()[0]).toBe(3);
});
