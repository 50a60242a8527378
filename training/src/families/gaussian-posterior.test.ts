import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import {
  type GaussianPosterior,
  gaussianKlByDimension,
  keepInRange,
  LOG_VAR_RANGE,
  reparameterise,
} from './gaussian-posterior.ts';

/** Summed over the dimensions, [n]. */
const gaussianKl = (posterior: GaussianPosterior) =>
  tf.sum<tf.Tensor1D>(gaussianKlByDimension(posterior), 1);

beforeAll(() => chooseBackend('cpu'));

const matrix = (rows: number[][]) => tf.tensor2d(rows);

describe('gaussianKlByDimension', () => {
  test('is 0 for the prior and has the known values', () => {
    const kl = gaussianKl({
      mean: matrix([
        [0, 0],
        [1, -2],
        [0, 0],
      ]),
      logVar: matrix([
        [0, 0],
        [0, 0],
        [Math.log(4), 0],
      ]),
    }).arraySync();
    expect(kl[0]).toBeCloseTo(0, 6);
    expect(kl[1]).toBeCloseTo(2.5, 5);
    expect(kl[2]).toBeCloseTo(0.5 * (4 - 1 - Math.log(4)), 5);
  });

  test('is never negative, and agrees with an average over draws', () => {
    const random = createRandom(3);
    const rows = 200;
    const mean = tf.tensor2d(random.fillNormal(new Float32Array(rows * 3)), [rows, 3]);
    const logVar = tf.tensor2d(random.fillNormal(new Float32Array(rows * 3)), [rows, 3]);
    const kl = gaussianKl({ mean, logVar }).arraySync();
    expect(Math.min(...kl)).toBeGreaterThanOrEqual(0);
    const byDimension = gaussianKlByDimension({ mean, logVar }).dataSync();
    expect(Math.min(...byDimension)).toBeGreaterThanOrEqual(0);

    // E_q[log q(z) − log p(z)] for the first row, by 20,000 draws.
    const m = mean.arraySync()[0] as number[];
    const lv = logVar.arraySync()[0] as number[];
    let sum = 0;
    const draws = 20_000;
    for (let draw = 0; draw < draws; draw++) {
      for (const [d, mu] of m.entries()) {
        const noise = random.normal();
        const z = mu + Math.exp((lv[d] as number) / 2) * noise;
        sum += 0.5 * (z * z - noise * noise - (lv[d] as number));
      }
    }
    expect(Math.abs(sum / draws - (kl[0] as number))).toBeLessThan(0.05);
  });
});

describe('keepInRange', () => {
  const [low, high] = LOG_VAR_RANGE;

  test('leaves ordinary values alone and cuts off wild ones', () => {
    expect(keepInRange(matrix([[-3, 0, 2]])).arraySync()).toEqual([[-3, 0, 2]]);
    expect(keepInRange(matrix([[-1000, 1000, high]])).arraySync()).toEqual([[low, high, high]]);
  });

  test('the gradient of the KL pulls values from beyond either end back in', () => {
    const klOf = (cut: (x: tf.Tensor2D) => tf.Tensor2D) => (logVar: tf.Tensor) =>
      tf.sum(
        gaussianKl({
          mean: tf.zerosLike(logVar) as tf.Tensor2D,
          logVar: cut(logVar as tf.Tensor2D),
        }),
      );
    const wild = matrix([[-40, 40]]);
    const [below, above] = tf.grad(klOf(keepInRange))(wild).dataSync();
    expect(below).toBeLessThan(-0.4);
    expect(above).toBeGreaterThan(1e5);
    expect(above).toBeLessThan(1e7);
    // A plain cut has no gradient there, and would never let them back.
    const plain = tf
      .grad(klOf((x) => tf.clipByValue(x, low, high)))(wild)
      .dataSync();
    expect([...plain]).toEqual([0, 0]);
  });
});

test('reparameterise: mean + σ · ε', () => {
  const z = reparameterise(
    { mean: matrix([[1, 2]]), logVar: matrix([[0, Math.log(9)]]) },
    matrix([[0.5, -1]]),
  ).arraySync();
  expect(z[0]?.[0]).toBeCloseTo(1.5, 6);
  expect(z[0]?.[1]).toBeCloseTo(-1, 5);
});
