import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { gaussianLogDensity } from './bounds.ts';
import { gaussianKlByDimension, reparameterise } from './gaussian-posterior.ts';
import { mixtureLogDensity } from './mixture-density.ts';

beforeAll(openPlainTfjs);

const random = createRandom(4);
const normal = (rows: number, size: number, scale = 1, shift = 0) =>
  tf.tensor2d(
    random.fillNormal(new Float32Array(rows * size), scale).map((value) => value + shift),
    [rows, size],
  );

describe('the density of a mixture in equal parts', () => {
  test('is what its Gaussians come to, one by one, also far from 0', () => {
    const [count, size] = [7, 5];
    const mean = normal(count, size, 2, 50);
    const logVar = normal(count, size, 1, -2);
    const z = normal(30, size, 2, 50);
    const found = mixtureLogDensity({ mean, logVar })(z).dataSync();
    const [m, lv, zs] = [mean, logVar, z].map((t) => t.arraySync() as number[][]) as [
      number[][],
      number[][],
      number[][],
    ];
    for (const [row, at] of zs.entries()) {
      const terms = m.map((mu, k) =>
        at.reduce((sum, value, i) => {
          const log = lv[k]?.[i] as number;
          const square = (value - (mu[i] as number)) ** 2 / Math.exp(log);
          return sum - 0.5 * (square + log + Math.log(2 * Math.PI));
        }, 0),
      );
      const most = Math.max(...terms);
      const truth =
        most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0) / count);
      expect(Math.abs((found[row] as number) - truth)).toBeLessThan(1e-4 * Math.max(10, -truth));
    }
  });

  test('of one Gaussian is its own, and the KL from it in expectation that of the formula', () => {
    const one = { mean: normal(1, 3), logVar: normal(1, 3, 0.5) };
    const z = normal(20, 3);
    const own = gaussianLogDensity(z, one).dataSync();
    for (const [i, value] of mixtureLogDensity(one)(z).dataSync().entries()) {
      expect(value).toBeCloseTo(own[i] as number, 4);
    }
    // KL(q ‖ N(m, s²)): in units of s about m that from N(0, I).
    const n = 100_000;
    const q = { mean: normal(1, 3), logVar: normal(1, 3, 0.5, -1) };
    const scaled = {
      mean: tf.mul(tf.sub(q.mean, one.mean), tf.exp(tf.mul(one.logVar, -0.5))) as tf.Tensor2D,
      logVar: tf.sub(q.logVar, one.logVar) as tf.Tensor2D,
    };
    const exact = tf.sum(gaussianKlByDimension(scaled)).dataSync()[0] as number;
    const draws = reparameterise(q, normal(n, 3));
    const estimates = tf.sub(gaussianLogDensity(draws, q), mixtureLogDensity(one)(draws));
    const { mean, variance } = tf.moments(estimates);
    const spread = Math.sqrt((variance.dataSync()[0] as number) / n);
    expect(Math.abs((mean.dataSync()[0] as number) - exact)).toBeLessThan(4 * spread + 1e-4);
    expect(exact).toBeGreaterThan(0.1);
  });
});
