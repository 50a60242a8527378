import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, FamilyModel } from './family.ts';
import { FAMILIES } from './testing.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function randomise(model: FamilyModel, seed: number): void {
  const random = createRandom(seed);
  for (const { name, variable } of [...model.weights, ...model.buffers]) {
    // Beyond the range of items pseudo-inputs have a gradient that leads back, which is no slope (pseudo-inputs.test.ts).
    const inRange = name === 'prior/pseudo_inputs';
    const values = random.fillNormal(new Float32Array(variable.size), inRange ? 0.05 : 0.3);
    variable.assign(
      tf.tensor(inRange ? values.map((value) => value + 0.5) : values, variable.shape),
    );
  }
}

function batchFor(model: FamilyModel, n: number): Batch {
  const random = createRandom(1);
  const uniform = (size: number) => Float32Array.from({ length: size }, () => random.uniform());
  return {
    items: tf.tensor2d(uniform(n * model.itemSize), [n, model.itemSize]),
    labels:
      model.labels > 0
        ? (tf.oneHot(
            tf.tensor1d(
              Array.from({ length: n }, (_, i) => i % model.labels),
              'int32',
            ),
            model.labels,
            1,
            0,
            'float32',
          ) as tf.Tensor2D)
        : undefined,
    noise: tf.tensor2d(random.fillNormal(new Float32Array(n * model.noiseSize)), [
      n,
      model.noiseSize,
    ]),
    beta: tf.scalar(0.7),
    capacity: tf.scalar(0.5),
  };
}

/**
 * The straight-through estimator replaces the slope of the encoder: its own test follows; so do estimators of its
 * gradient (objectives.test.ts).
 */
const hasSlope = (family: string, weight: string) =>
  !/^vq-vae|stl|dreg/.test(family) || !weight.includes('encoder/');

describe.each(Object.keys(FAMILIES))('%s', (family) => {
  test('the gradient of every weight is the slope of the loss', () => {
    const model = (FAMILIES[family] as () => FamilyModel)();
    randomise(model, 3);
    const batch = batchFor(model, 3);
    const { grads } = tf.variableGrads(
      () => model.terms(batch).loss,
      model.weights.map(({ variable }) => variable),
    );
    const random = createRandom(5);
    const lossAt = () => tf.tidy(() => model.terms(batch).loss.dataSync()[0] as number);
    for (const { name, variable } of model.weights.filter(({ name }) => hasSlope(family, name))) {
      const gradient = grads[variable.name] as tf.Tensor;
      const direction = tf.tensor(
        random.fillNormal(new Float32Array(variable.size)),
        variable.shape,
      );
      const analytic = tf.sum(tf.mul(gradient, direction)).dataSync()[0] as number;
      const kept = variable.clone();
      const slope = (h: number) => {
        variable.assign(tf.add(kept, tf.mul(direction, h)));
        const up = lossAt();
        variable.assign(tf.sub(kept, tf.mul(direction, h)));
        const down = lossAt();
        variable.assign(kept);
        return (up - down) / (2 * h);
      };
      // A wide step may cross the kink of a ReLU, a narrow one drowns in float32's rounding.
      const errors = [1e-2, 3e-3, 1e-3].map((h) => Math.abs(slope(h) - analytic));
      expect({ name, error: Math.min(...errors) < 0.02 * Math.max(1, Math.abs(analytic)) }).toEqual(
        { name, error: true },
      );
    }
    model.dispose();
  });

  test('the terms are finite scalars, and the updates fit their buffers', () => {
    const model = (FAMILIES[family] as () => FamilyModel)();
    randomise(model, 4);
    const { loss, reconstruction, kl, updates = {} } = model.terms(batchFor(model, 5));
    for (const term of [loss, reconstruction, kl]) {
      expect(term.shape).toEqual([]);
      expect(Number.isFinite(term.dataSync()[0])).toBe(true);
    }
    // The mean item alone is the same all along.
    const changing = model.buffers.filter(({ name }) => name !== 'encoder/centre/mean');
    expect(changing).toHaveLength(model.buffers.length - 1);
    expect(Object.keys(updates).sort()).toEqual(changing.map(({ name }) => name).sort());
    for (const { name, variable } of changing) {
      expect(updates[name]?.shape).toEqual(variable.shape);
    }
    model.dispose();
  });

  test('nothing is left on the backend after dispose', () => {
    const before = tf.memory().numTensors;
    (FAMILIES[family] as () => FamilyModel)().dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('vq-vae: the encoder is given the slope that the decoder has at the chosen entries', () => {
  const build = FAMILIES['vq-vae'] as () => FamilyModel;
  const model = build();
  randomise(model, 3);
  const batch = batchFor(model, 3);
  const encoder = model.weights.filter(({ name }) => name.startsWith('encoder/'));
  const { grads } = tf.variableGrads(
    () => model.terms(batch).reconstruction,
    encoder.map(({ variable }) => variable),
  );
  for (const { variable } of encoder) {
    expect(tf.max(tf.abs(grads[variable.name] as tf.Tensor)).dataSync()[0]).toBeGreaterThan(1e-4);
  }
  model.dispose();
});
