import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { autoregressiveMasks, iafStep } from './iaf-step.ts';
import { type FlowStep, planarStep } from './planar-flow.ts';

beforeAll(() => chooseBackend('cpu'));

const SIZE = 3;
const random = createRandom(2);
const normal = (rows: number, columns: number, scale = 1) =>
  tf.tensor2d(random.fillNormal(new Float32Array(rows * columns), scale), [rows, columns]);

/** ln |det| of the Jacobian at a point, by central differences. */
function numericLogDet(step: (z: tf.Tensor2D) => FlowStep, z: Float32Array): number {
  const h = 1e-2;
  const column = (i: number) => {
    const moved = (by: number) => {
      const point = z.slice();
      (point[i] as number) += by;
      return step(tf.tensor2d(point, [1, SIZE])).z.dataSync();
    };
    const [up, down] = [moved(h), moved(-h)];
    return Array.from(up, (value, j) => (value - (down[j] as number)) / (2 * h));
  };
  const [a, b, c] = [column(0), column(1), column(2)] as [number[], number[], number[]];
  const cross = (p: number[], q: number[]) =>
    [0, 1, 2].map((i) => {
      const [j, k] = [(i + 1) % 3, (i + 2) % 3];
      return (p[j] as number) * (q[k] as number) - (p[k] as number) * (q[j] as number);
    });
  const volume = cross(b, c).reduce((sum, value, i) => sum + value * (a[i] as number), 0);
  return Math.log(Math.abs(volume));
}

describe('the log-determinant is that of the Jacobian', () => {
  test('planar, also where w·u is far below −1', () => {
    for (const scale of [0.5, 3]) {
      const w = normal(1, SIZE, scale);
      const u = tf.mul(w, -2) as tf.Tensor2D;
      for (const direction of [u, normal(1, SIZE, scale)]) {
        const step = (z: tf.Tensor2D) =>
          planarStep(z, { u: direction, w, b: tf.tensor2d([[0.3]]) });
        const z = random.fillNormal(new Float32Array(SIZE), 0.5);
        const { logDet } = step(tf.tensor2d(z, [1, SIZE]));
        expect(logDet.shape).toEqual([1, 1]);
        expect(Math.abs((logDet.dataSync()[0] as number) - numericLogDet(step, z))).toBeLessThan(
          0.05,
        );
      }
    }
  });

  test('inverse autoregressive', () => {
    const hidden = 7;
    const masks = autoregressiveMasks(SIZE, hidden);
    const out = (): tf.Tensor2D =>
      tf.mul(normal(hidden, SIZE), tf.tensor2d(masks.output, [hidden, SIZE]));
    const weights = {
      input: tf.mul(normal(SIZE, hidden), tf.tensor2d(masks.input, [SIZE, hidden])) as tf.Tensor2D,
      context: normal(2, hidden),
      bias: tf.zeros<tf.Rank.R1>([hidden]),
      shift: out(),
      shiftBias: tf.tensor1d([0.1, 0.2, 0.3]),
      gate: out(),
      gateBias: tf.tensor1d([0, -1, 1]),
    };
    const context = normal(1, 2);
    const step = (z: tf.Tensor2D) => iafStep(z, context, weights);
    const z = random.fillNormal(new Float32Array(SIZE));
    const { logDet } = step(tf.tensor2d(z, [1, SIZE]));
    expect(Math.abs((logDet.dataSync()[0] as number) - numericLogDet(step, z))).toBeLessThan(0.02);
  });
});

test('planar steps never fold: the determinant stays positive however u and w lie', () => {
  const rows = 500;
  const { logDet } = planarStep(normal(rows, SIZE, 2), {
    u: normal(rows, SIZE, 4),
    w: normal(rows, SIZE, 4),
    b: normal(rows, 1),
  });
  expect([...logDet.dataSync()].every(Number.isFinite)).toBe(true);
});

test.each([1, 2, 5])(
  'masks of %p dimensions: output i depends on inputs before i alone',
  (size) => {
    const hidden = 11;
    const { input, output } = autoregressiveMasks(size, hidden);
    for (let to = 0; to < size; to++) {
      for (let from = 0; from < size; from++) {
        let paths = 0;
        for (let unit = 0; unit < hidden; unit++) {
          paths += (input[from * hidden + unit] as number) * (output[unit * size + to] as number);
        }
        if (from >= to) expect(paths).toBe(0);
        else expect(paths).toBeGreaterThan(0);
      }
    }
  },
);
