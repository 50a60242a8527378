import '@tensorflow/tfjs';
import { beforeAll, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';
import { normaliseInputs } from './inputs.ts';
import { trace } from './trace.ts';
import { workOf } from './work.ts';

beforeAll(() => tf.setBackend('cpu'));

async function work(fn: (x: tf.Tensor) => tf.Tensor, shape: (number | string | null)[]) {
  const graph = await trace(([x]) => [['y', fn(x as tf.Tensor)]], {
    inputs: normaliseInputs({ x: { shape } }),
  });
  graph.dispose();
  return workOf(graph);
}

// All at the first trace's sizes: a batch of 2, other dimensions at 8.
test.each<[string, number, Parameters<typeof work>]>([
  [
    'a product: rows · inner · columns',
    2 * 3 * 5,
    [(x) => tf.matMul(x as tf.Tensor2D, tf.ones([3, 5])), [null, 3]],
  ],
  [
    'a transposed product',
    3 * 2 * 5,
    [(x) => tf.matMul(x as tf.Tensor2D, tf.ones([2, 5]), true), [2, 3]],
  ],
  [
    'a convolution: places · filter',
    2 * 4 * 4 * (3 * 3 * 2 * 7),
    [(x) => tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 7]), 2, 'same'), [null, 8, 8, 2]],
  ],
  [
    'a depthwise convolution: places · channels · window',
    2 * 8 * 8 * 6 * (3 * 3),
    [
      (x) => tf.depthwiseConv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 3]), 1, 'same'),
      [null, 8, 8, 2],
    ],
  ],
  [
    'a transposed convolution: places of the input · filter',
    2 * 4 * 4 * (3 * 3 * 5 * 2),
    [
      (x) => tf.conv2dTranspose(x as tf.Tensor4D, tf.ones([3, 3, 5, 2]), [2, 8, 8, 5], 2, 'same'),
      [2, 4, 4, 2],
    ],
  ],
  ['anything else: one an element', 2 * 8 * 3, [(x) => tf.relu(x), [null, 'time', 3]]],
])('%s', async (_, expected, [fn, shape]) => {
  expect(await work(fn, shape)).toBe(expected);
});

test('a small model is verified in full unless it is asked for briefly, and the report says so', async () => {
  const inputs = { x: { shape: [null, 4] } };
  const small = await toOnnx((x) => tf.matMul(x as tf.Tensor2D, tf.ones([4, 4])), { inputs });
  expect(small.report.verification).toMatchObject({ thoroughness: 'full', runs: 18 });
  const brief = await toOnnx((x) => tf.matMul(x as tf.Tensor2D, tf.ones([4, 4])), {
    inputs,
    verify: { thoroughness: 'brief' },
  });
  expect(brief.report.verification).toMatchObject({ thoroughness: 'brief', runs: 6 });
});

test('from 250 million multiplications an item on, verification is brief of itself', async () => {
  const weights = tf.tidy(() => tf.ones([520, 520]).div(520)) as tf.Tensor2D;
  const product = (x: tf.Tensor) => tf.matMul(x.reshape([-1, 520]) as tf.Tensor2D, weights);
  const { report } = await toOnnx(product, {
    // 930 rows an item: 2 · 930 · 520 · 520 = 503 million.
    inputs: { x: { shape: [null, 930, 520], range: [0, 1] } },
  });
  expect(report.verification).toMatchObject({ thoroughness: 'brief', runs: 6 });
  weights.dispose();
});
