import { beforeAll, expect, test } from '@jest/globals';
import type { Split } from '@latentkit/data';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { meanItem } from '../run/mean-item.ts';
import { resolveConfig } from '../settings/config.ts';
import { buildFamily } from './build-family.ts';
import { centreOn, recentreOn } from './centre.ts';
import { drawWeights } from './draw-weights.ts';

beforeAll(openPlainTfjs);

const items: Split = {
  images: Float32Array.from([0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25]),
  labels: new Uint8Array(2),
  count: 2,
};

function encoderOf(centre: boolean) {
  const config = resolveConfig({ runDir: 'none', latentSize: 3, hiddenSizes: [5], centre });
  const model = buildFamily(config, { itemShape: [2, 2, 1], valueRange: [0, 1], labelNames: [] });
  drawWeights(model.weights, 1);
  centreOn(model, () => meanItem(items));
  const means = (x: number[]) =>
    Array.from(model.graphs[0]?.run(tf.tensor2d(x, [1, 4]))['mean']?.dataSync() ?? []);
  return { model, means };
}

test('an encoder that is centred gives of x what one that is not gives of x less the mean item', () => {
  const [centred, plain] = [encoderOf(true), encoderOf(false)];
  const x = [0.9, 0.1, 0.4, 0.3];
  const mean = [0.5, 0.5, 0.5, 0.5];
  const expected = plain.means(x.map((value, i) => value - (mean[i] as number)));
  for (const [i, value] of centred.means(x).entries())
    expect(value).toBeCloseTo(expected[i] ?? 9, 6);
  expect(centred.means(x)).not.toEqual(plain.means(x));
  for (const { model } of [centred, plain]) model.dispose();
});

test('the mean item is kept beside the weights, and is none of them', () => {
  const { model } = encoderOf(true);
  expect(model.buffers.map(({ name }) => name)).toEqual(['encoder/centre/mean']);
  expect(model.weights.map(({ name }) => name)).not.toContain('encoder/centre/mean');
  expect(Array.from(model.buffers[0]?.variable.dataSync() ?? [])).toEqual([0.5, 0.5, 0.5, 0.5]);
  model.dispose();
  const plain = encoderOf(false).model;
  expect(plain.buffers).toEqual([]);
  plain.dispose();
});

test('a centre moves without a change to what the model computes; without layers behind it, it stays', () => {
  const { model, means } = encoderOf(true);
  const x = [0.9, 0.1, 0.4, 0.3];
  const before = means(x);
  const centre = () => Array.from(model.buffers[0]?.variable.dataSync() ?? []);
  recentreOn(model, [], Float32Array.of(0, 0.25, 0.75, 1));
  expect(centre()).toEqual([0.5, 0.5, 0.5, 0.5]);
  recentreOn(model, ['hidden_1'], Float32Array.of(0, 0.25, 0.75, 1));
  expect(centre()).toEqual([0, 0.25, 0.75, 1]);
  for (const [i, value] of means(x).entries()) expect(value).toBeCloseTo(before[i] as number, 6);
  model.dispose();
});
