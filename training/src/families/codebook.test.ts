import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import { type CodebookBuffers, tendCodebook } from './codebook-upkeep.ts';
import { quantise, straightThrough, updateCodebook } from './quantise.ts';
import { zeroVariable } from './variables.ts';

beforeAll(() => chooseBackend('cpu'));

/** `each` points around every centre. */
function clusters(centres: number[][], each: number): Float32Array {
  const random = createRandom(4);
  return Float32Array.from(
    centres.flatMap((centre) =>
      Array.from({ length: each }, () =>
        centre.map((value) => value + 0.05 * random.normal()),
      ).flat(),
    ),
  );
}

const CENTRES = [
  [0, 0],
  [5, 0],
  [0, 5],
];

const rowsOf = (values: ArrayLike<number>) =>
  Array.from(
    { length: values.length / 2 },
    (_, i) => [values[2 * i], values[2 * i + 1]] as number[],
  );

const byDistance = (rows: number[][], centre: number[]) =>
  Math.min(
    ...rows.map((row) => Math.hypot(...row.map((value, i) => value - (centre[i] as number)))),
  );

describe('quantise', () => {
  const codebook = () => tf.tensor2d(CENTRES);

  test('takes the nearest entry', () => {
    const { indices, vectors } = quantise(
      tf.tensor2d([
        [4, 1],
        [1, 4],
        [1, 1],
      ]),
      codebook(),
    );
    expect([...indices.dataSync()]).toEqual([1, 2, 0]);
    expect(vectors.arraySync()).toEqual([
      [5, 0],
      [0, 5],
      [0, 0],
    ]);
  });

  test('straightThrough: the entries forward, the identity back', () => {
    const entries = tf.tensor2d([[5, 0]]);
    const { value, grad } = tf.valueAndGrad((v) =>
      tf.sum(tf.mul(straightThrough(v as tf.Tensor2D, entries), tf.tensor2d([[2, 3]]))),
    )(tf.tensor2d([[4, 1]]));
    expect(value.dataSync()[0]).toBe(10);
    expect(grad.arraySync()).toEqual([[2, 3]]);
  });
});

test('the moving averages go to the mean of the vectors, and an unused entry stays finite', () => {
  let state = {
    counts: tf.tensor1d([1, 1]),
    sums: tf.tensor2d([
      [0, 0],
      [9, 9],
    ]),
  };
  const vectors = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  const oneHot = tf.tensor2d([
    [1, 0],
    [1, 0],
  ]);
  let codebook = tf.zeros<tf.Rank.R2>([2, 2]);
  for (let i = 0; i < 300; i++) {
    const next = updateCodebook(state, vectors, oneHot, { decay: 0.9, smoothing: 1e-5 });
    state = next;
    codebook = next.codebook;
  }
  const [used, unused] = codebook.arraySync() as [number[], number[]];
  expect(used[0]).toBeCloseTo(2, 3);
  expect(used[1]).toBeCloseTo(3, 3);
  expect(unused.every(Number.isFinite)).toBe(true);
});

describe('tendCodebook', () => {
  const buffersOf = (): CodebookBuffers => ({
    codebook: { name: 'entries', variable: zeroVariable([3, 2], false) },
    counts: { name: 'counts', variable: zeroVariable([3], false) },
    sums: { name: 'sums', variable: zeroVariable([3, 2], false) },
  });
  const vectors = clusters(CENTRES, 20);

  test('starts from the clusters, with averages that define just these entries', async () => {
    const buffers = buffersOf();
    await tendCodebook(buffers, vectors, createRandom(1), 'start');
    const entries = rowsOf(buffers.codebook.variable.dataSync());
    for (const centre of CENTRES) expect(byDistance(entries, centre)).toBeLessThan(0.05);
    expect(rowsOf(buffers.sums.variable.dataSync())).toEqual(entries);
  });

  test('restarts dead entries at vectors of the data, and leaves the others alone', async () => {
    const buffers = buffersOf();
    buffers.codebook.variable.assign(
      tf.tensor2d([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
    );
    buffers.counts.variable.assign(tf.tensor1d([60, 0.1, 40]));
    await tendCodebook(buffers, vectors, createRandom(1), 'epoch');
    const entries = rowsOf(buffers.codebook.variable.dataSync());
    expect([entries[0], entries[2]]).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect(rowsOf(vectors)).toContainEqual(entries[1]);
    expect(buffers.counts.variable.dataSync()[1]).toBeGreaterThan(10);
  });
});
