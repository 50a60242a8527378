import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import {
  type AutoencoderModel,
  buildMlpModel,
  disposeModel,
  initialiseWeights,
  modelWeights,
} from './autoencoder-model.ts';

const built: AutoencoderModel[] = [];
const build = (seed = 1) => {
  const model = buildMlpModel({ itemSize: 12, latentSize: 3, hiddenSizes: [8, 5] });
  built.push(model);
  initialiseWeights(model, seed);
  return model;
};
const values = (model: AutoencoderModel) =>
  modelWeights(model).map(({ variable }) => [...variable.dataSync()]);

describe('the MLP model', () => {
  beforeAll(() => chooseBackend('cpu'));
  afterEach(() => {
    for (const model of built.splice(0)) disposeModel(model);
  });

  test('maps items to mean and log variance, and latents to items', () => {
    const model = build();
    const [mean, logVar] = model.encoder.apply(tf.ones([4, 12])) as tf.Tensor[];
    expect([mean?.shape, logVar?.shape]).toEqual([
      [4, 3],
      [4, 3],
    ]);
    expect((model.decoder.apply(tf.ones([4, 3])) as tf.Tensor).shape).toEqual([4, 12]);
  });

  test('names its weights alike in every instance, the decoder mirroring the encoder', () => {
    const names = modelWeights(build()).map(({ name }) => name);
    expect(names).toEqual(modelWeights(build()).map(({ name }) => name));
    expect(names.filter((name) => name.endsWith('kernel'))).toEqual([
      'encoder/hidden_1/kernel',
      'encoder/hidden_2/kernel',
      'encoder/mean/kernel',
      'encoder/log_var/kernel',
      'decoder/hidden_1/kernel',
      'decoder/hidden_2/kernel',
      'decoder/output/kernel',
    ]);
    const shapes = Object.fromEntries(
      modelWeights(build()).map(({ name, variable }) => [name, variable.shape]),
    );
    expect(shapes['decoder/hidden_1/kernel']).toEqual([3, 5]);
    expect(shapes['decoder/output/bias']).toEqual([12]);
  });

  test('draws weights from the seed, within the Glorot limits, and no biases', () => {
    const model = build(5);
    expect(values(build(5))).toEqual(values(model));
    expect(values(build(6))).not.toEqual(values(model));
    for (const { name, variable } of modelWeights(model)) {
      const numbers = [...variable.dataSync()];
      if (name.endsWith('bias')) expect(numbers.every((value) => value === 0)).toBe(true);
      else {
        const limit = Math.sqrt(6 / ((variable.shape[0] ?? 0) + (variable.shape[1] ?? 0)));
        expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual(limit);
        expect(Math.max(...numbers)).toBeGreaterThan(0.5 * limit);
        expect(Math.min(...numbers)).toBeLessThan(-0.5 * limit);
      }
    }
  });

  test('frees everything', () => {
    const before = tf.memory().numTensors;
    const model = buildMlpModel({ itemSize: 12, latentSize: 3, hiddenSizes: [8] });
    initialiseWeights(model, 1);
    disposeModel(model);
    expect(tf.memory().numTensors).toBe(before);
  });
});
