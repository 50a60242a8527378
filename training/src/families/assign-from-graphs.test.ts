import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { readModel } from '@latentkit/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import { codeOf } from '../testing.ts';
import { assignFromGraphs } from './assign-from-graphs.ts';
import { createLikelihood } from './likelihood.ts';
import { buildVae } from './vae.ts';

beforeAll(openPlainTfjs);

const read = (name: string) =>
  readModel(readFileSync(resolve(__dirname, `../../../models/mnist-vae/${name}.onnx`)));

const build = (hidden: number) =>
  buildVae({
    itemShape: [28, 28, 1],
    hiddenSizes: [hidden],
    latentSize: 20,
    likelihood: createLikelihood('bernoulli'),
  });

test('a published model goes on from its weights', () => {
  const model = build(400);
  assignFromGraphs(model.weights, [read('encoder'), read('decoder')]);
  const decode = model.graphs[1]?.run(tf.zeros([1, 20]));
  const mean = decode?.['mean']?.dataSync() as Float32Array;
  // The middle of the latent looks like a digit: ink in the middle, none at the corners.
  expect(mean[0]).toBeLessThan(0.1);
  expect(Math.max(...mean)).toBeGreaterThan(0.3);
  model.dispose();
});

test('another size, or a missing graph, is an error that changes nothing', async () => {
  const model = build(8);
  expect(
    await codeOf(() => assignFromGraphs(model.weights, [read('encoder'), read('decoder')])),
  ).toBe('invalid-data');
  model.dispose();
  const whole = build(400);
  expect(await codeOf(() => assignFromGraphs(whole.weights, [read('encoder')]))).toBe(
    'invalid-data',
  );
  for (const { variable } of whole.weights) {
    expect(tf.max(tf.abs(variable)).dataSync()[0]).toBe(0);
  }
  whole.dispose();
});
