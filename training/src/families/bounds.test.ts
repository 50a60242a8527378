import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import {
  gaussianLogDensity,
  importanceWeightedBound,
  klTerm,
  scaleGradient,
  standardNormalLogDensity,
  stopGradient,
} from './bounds.ts';

beforeAll(() => chooseBackend('cpu'));

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4));
const LN_2PI = Math.log(2 * Math.PI);

describe('klTerm', () => {
  /** Means over the batch of 2 and 0.2 nats. */
  const kl = [
    [1, 0.1],
    [3, 0.3],
  ];

  test.each([
    ['summed over dimensions, times β', 0, false, 0, 0.5 * 2.2],
    ['with what is free for each dimension', 0.5, false, 0, 0.5 * 2.5],
    ['with less free than any dimension has', 0.1, false, 0, 0.5 * 2.2],
    ['its distance to a capacity above', 0, true, 3, 0.5 * 0.8],
    ['its distance to a capacity below', 0, true, 1, 0.5 * 1.2],
    ['a capacity that is not asked for', 0, false, 3, 0.5 * 2.2],
    ['both', 0.5, true, 3, 0.5 * 0.5],
  ])('%s', (_, freeBits, towardsCapacity, capacity, expected) => {
    const at = { beta: tf.scalar(0.5), capacity: tf.scalar(capacity) };
    const term = klTerm(tf.tensor2d(kl), { freeBits, towardsCapacity }, at);
    expect(term.shape).toEqual([]);
    expect(term.dataSync()[0]).toBeCloseTo(expected, 5);
  });
});

describe('importanceWeightedBound', () => {
  test('is ln of the mean weight of each item', () => {
    const weights = [
      [1, 2, 6],
      [0.25, 0.5, 0.75],
    ];
    const bound = importanceWeightedBound(tf.log(tf.tensor2d(weights)));
    expect(bound.arraySync()).toEqual(close([Math.log(3), Math.log(0.5)]));
  });

  test('of one draw is its weight, and of weights beyond all floats stays finite', () => {
    expect(importanceWeightedBound(tf.tensor2d([[-3], [500]])).arraySync()).toEqual([-3, 500]);
    const far = importanceWeightedBound(tf.tensor2d([[1000, 1000 + Math.log(3)]]));
    expect(far.dataSync()[0]).toBeCloseTo(1000 + Math.log(2), 3);
  });
});

test('standardNormalLogDensity is −½ (size · ln 2π + ‖z‖²)', () => {
  const two = standardNormalLogDensity(
    tf.tensor2d([
      [0, 0],
      [1, -2],
    ]),
  );
  expect(two.arraySync()).toEqual(close([-LN_2PI, -LN_2PI - 2.5]));
  const three = standardNormalLogDensity(tf.tensor2d([[1, 1, 1]]));
  expect(three.arraySync()).toEqual(close([-1.5 * LN_2PI - 1.5]));
});

describe('gaussianLogDensity', () => {
  test('is that of each row of its own posterior', () => {
    const found = gaussianLogDensity(
      tf.tensor2d([
        [1, 0],
        [2, 2],
      ]),
      {
        mean: tf.tensor2d([
          [0, 0],
          [1, -1],
        ]),
        logVar: tf.tensor2d([
          [0, 0],
          [Math.log(4), Math.log(9)],
        ]),
      },
    );
    expect(found.arraySync()).toEqual(
      close([-LN_2PI - 0.5, -LN_2PI - Math.log(2) - Math.log(3) - 0.5 * (0.25 + 1)]),
    );
  });

  test('integrates to 1', () => {
    const [steps, width] = [400, 20];
    const at = Array.from({ length: steps }, (_, i) => [(i / steps - 0.5) * width]);
    const density = gaussianLogDensity(tf.tensor2d(at), {
      mean: tf.fill([steps, 1], 0.7),
      logVar: tf.fill([steps, 1], Math.log(1.7)),
    });
    const sum = tf.sum(tf.exp(density)).dataSync()[0] as number;
    expect((sum * width) / steps).toBeCloseTo(1, 4);
  });
});

describe('gradients', () => {
  const rows = () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
  /** Σ x²: its gradient is 2x. */
  const squares = (x: tf.Tensor) => tf.sum(tf.square(x));

  test('scaleGradient leaves values, and multiplies the gradient of each row', () => {
    const factors = tf.tensor2d([[10], [-1]]);
    expect(scaleGradient(rows(), factors).arraySync()).toEqual(rows().arraySync());
    const gradient = tf.grad((x) => squares(scaleGradient(x as tf.Tensor2D, factors)));
    expect(gradient(rows()).arraySync()).toEqual([
      [20, 40],
      [-6, -8],
    ]);
  });

  test('stopGradient leaves values, and lets no gradient through', () => {
    expect(stopGradient(rows()).arraySync()).toEqual(rows().arraySync());
    const gradient = tf.grad((x) => squares(tf.mul(x, stopGradient(x))));
    // Σ x² · c² with c = x held still: 2 x c².
    expect(gradient(rows()).arraySync()).toEqual([
      [2, 16],
      [54, 128],
    ]);
  });
});
