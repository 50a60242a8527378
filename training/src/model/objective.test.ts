import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import {
  assign,
  buildMlpModel,
  disposeModel,
  initialiseWeights,
  modelWeights,
} from './autoencoder-model.ts';
import { LIKELIHOODS } from './likelihood.ts';
import { elboObjective, type Objective } from './objective.ts';

const SIZE = 6;
const ROWS = 4;

describe('elboObjective', () => {
  let model: ReturnType<typeof buildMlpModel>;
  let items: tf.Tensor2D;
  let noise: tf.Tensor2D;

  beforeAll(async () => {
    await chooseBackend('cpu');
    model = buildMlpModel({ itemSize: SIZE, latentSize: 2, hiddenSizes: [5] });
    // A seed at which no unit sits so close to its kink that differences would cross it.
    initialiseWeights(model, 2);
    const random = createRandom(2);
    items = tf.tensor2d(
      Float32Array.from({ length: ROWS * SIZE }, () => random.uniform()),
      [ROWS, SIZE],
    );
    noise = tf.tensor2d(random.fillNormal(new Float32Array(ROWS * 2)), [ROWS, 2]);
  });
  afterAll(() => disposeModel(model));

  const termsAt = (objective: Objective, beta: number) => {
    const { loss, reconstruction, kl } = objective.terms({ items, noise, beta: tf.scalar(beta) });
    return [loss, reconstruction, kl].map((term) => term.arraySync()) as [number, number, number];
  };

  test('β multiplies the KL alone, which is not negative', () => {
    const objective = elboObjective(model, LIKELIHOODS.bernoulli);
    const [one, reconstruction, kl] = termsAt(objective, 1);
    const [four, sameReconstruction, sameKl] = termsAt(objective, 4);
    expect(kl).toBeGreaterThan(0);
    expect([sameReconstruction, sameKl]).toEqual([reconstruction, kl]);
    expect(one).toBeCloseTo(reconstruction + kl, 5);
    expect(four).toBeCloseTo(reconstruction + 4 * kl, 5);
  });

  test('is a sum over elements and a mean over items', () => {
    const objective = elboObjective(model, LIKELIHOODS.bernoulli);
    const whole = termsAt(objective, 1)[0];
    const rows = Array.from({ length: ROWS }, (_, row) => {
      const { loss } = objective.terms({
        items: tf.slice(items, [row, 0], [1, SIZE]),
        noise: tf.slice(noise, [row, 0], [1, 2]),
        beta: tf.scalar(1),
      });
      return loss.arraySync();
    });
    expect(whole).toBeCloseTo(rows.reduce((sum, loss) => sum + loss, 0) / ROWS, 5);
    // About log 2 an element at these small weights: a mean over elements would be far below.
    expect(whole).toBeGreaterThan(0.5 * SIZE);
  });

  describe.each(['bernoulli', 'gaussian'] as const)('gradients, %s', (name) => {
    /** Slope of the loss along a random direction in one weight: by the tape, and by central differences. */
    const slopes = (weightName: string, betaOfTape: number): [number, number] => {
      const objective = elboObjective(model, LIKELIHOODS[name]);
      const weights = modelWeights(model);
      const { variable } = weights.find(
        (weight) => weight.name === weightName,
      ) as (typeof weights)[number];
      const lossAt = (beta: number) =>
        objective.terms({ items, noise, beta: tf.scalar(beta) }).loss;
      const direction = createRandom(7, weightName).fillNormal(new Float32Array(variable.size));
      const { grads } = tf.variableGrads(
        () => lossAt(betaOfTape),
        weights.map((weight) => weight.variable),
      );
      const gradient = (grads[variable.name] as tf.Tensor).dataSync();
      const tape = direction.reduce((sum, d, i) => sum + d * (gradient[i] as number), 0);
      const centre = variable.dataSync().slice() as Float32Array;
      const step = 5e-3;
      const lossMoved = (by: number) => {
        assign(
          variable,
          centre.map((value, i) => value + by * (direction[i] as number)),
        );
        return lossAt(1).arraySync();
      };
      const numeric = (lossMoved(step) - lossMoved(-step)) / (2 * step);
      assign(variable, centre);
      return [tape, numeric];
    };
    const names = ['encoder', 'decoder'].flatMap((network) =>
      (network === 'encoder' ? ['hidden_1', 'mean', 'log_var'] : ['hidden_1', 'output']).flatMap(
        (layer) => [`${network}/${layer}/kernel`, `${network}/${layer}/bias`],
      ),
    );

    test.each(names)('%s agrees with differences', (weightName) => {
      const [tape, numeric] = slopes(weightName, 1);
      expect(Math.abs(tape - numeric)).toBeLessThan(2e-3 * Math.max(1, Math.abs(numeric)));
    });

    test('the comparison sees a wrong gradient', () => {
      const [tape, numeric] = slopes('encoder/log_var/kernel', 3);
      expect(Math.abs(tape - numeric)).toBeGreaterThan(2e-2);
    });
  });
});
