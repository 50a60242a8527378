import { beforeAll, describe, expect, test } from '@jest/globals';
import { ArgumentError, logLikelihood } from '@latentkit/core';
import { fakeCard } from '@latentkit/core/testing';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import { LIKELIHOOD_NAMES, type LikelihoodName } from '../settings/choices.ts';
import { createLikelihood } from './likelihood.ts';
import type { Sigma } from './spread.ts';

beforeAll(() => chooseBackend('cpu'));

describe('bernoulli', () => {
  const { negativeLogLikelihood, outputs } = createLikelihood('bernoulli');

  test('is the cross-entropy summed over elements', () => {
    const x = [[0, 1, 0.3, 0.9]];
    const logits = [[-1, 2, 0.5, -4]];
    const expected = (logits[0] as number[]).reduce((sum, logit, i) => {
      const p = 1 / (1 + Math.exp(-logit));
      const target = x[0]?.[i] as number;
      return sum - target * Math.log(p) - (1 - target) * Math.log(1 - p);
    }, 0);
    const [value] = negativeLogLikelihood(tf.tensor2d(x), tf.tensor2d(logits)).arraySync();
    expect(value).toBeCloseTo(expected, 5);
  });

  test('stays finite and right at logits where a probability rounds to 0 or 1', () => {
    const values = negativeLogLikelihood(
      tf.tensor2d([[1], [0], [1], [0]]),
      tf.tensor2d([[200], [200], [-200], [-200]]),
    ).arraySync();
    expect(values).toEqual([0, 200, 200, 0]);
  });

  test('its gradient is the probability minus the target', () => {
    const x = tf.tensor2d([[0.25, 1]]);
    const gradient = tf.grad((logits) => tf.sum(negativeLogLikelihood(x, logits as tf.Tensor2D)));
    const values = gradient(tf.tensor2d([[0, 0]])).dataSync();
    expect(values[0]).toBeCloseTo(0.25, 6);
    expect(values[1]).toBeCloseTo(-0.5, 6);
  });

  test('gives logits and means', () => {
    const { logits, mean } = outputs(tf.tensor2d([[0, 100]]));
    expect(logits?.arraySync()).toEqual([[0, 100]]);
    expect(mean?.arraySync()).toEqual([[0.5, 1]]);
  });
});

describe('gaussian', () => {
  const { negativeLogLikelihood, outputs } = createLikelihood('gaussian');

  test('is the log-density of a normal distribution with σ = 1', () => {
    const [value] = negativeLogLikelihood(
      tf.tensor2d([[1, 0]]),
      tf.tensor2d([[0.5, 2]]),
    ).arraySync();
    expect(value).toBeCloseTo(0.5 * (0.25 + 4) + Math.log(2 * Math.PI), 5);
  });

  test('gives the mean as it is', () => {
    const result = outputs(tf.tensor2d([[0.1]]));
    expect(Object.keys(result)).toEqual(['mean']);
  });
});

describe('gaussian with another σ', () => {
  const x = [[1, 0]];
  const mean = [[0.5, 2]];
  const density = (sigma: number) =>
    0.5 * ((0.5 / sigma) ** 2 + (2 / sigma) ** 2) + 2 * Math.log(sigma) + Math.log(2 * Math.PI);

  test('is the log-density with that σ', () => {
    const { negativeLogLikelihood, card } = createLikelihood('gaussian', 0.5);
    const [value] = negativeLogLikelihood(tf.tensor2d(x), tf.tensor2d(mean)).arraySync();
    expect(value).toBeCloseTo(density(0.5), 5);
    expect(card()).toEqual({ kind: 'gaussian', sigma: 0.5 });
  });

  test('a learnt σ begins at 1, is drawn to the root mean square error, and never to 0', () => {
    const { negativeLogLikelihood, weights, card, dispose } = createLikelihood(
      'gaussian',
      'learned',
    );
    const [sigma] = weights;
    if (!sigma) throw new Error('nothing is learnt');
    const loss = (target: number[][], of: number[][]) => () =>
      tf.sum<tf.Scalar>(negativeLogLikelihood(tf.tensor2d(target), tf.tensor2d(of)));
    expect(loss(x, mean)().dataSync()[0]).toBeCloseTo(density(1), 5);
    const optimiser = tf.train.adam(0.1);
    for (let i = 0; i < 200; i++) optimiser.minimize(loss(x, mean), false, [sigma.variable]);
    const learnt = card() as { sigma: number };
    expect(learnt.sigma).toBeCloseTo(Math.sqrt((0.25 + 4) / 2), 2);
    for (let i = 0; i < 300; i++) optimiser.minimize(loss(x, x), false, [sigma.variable]);
    expect((card() as { sigma: number }).sigma).toBeGreaterThanOrEqual(0.000999);
    expect(Number.isFinite(loss(x, x)().dataSync()[0])).toBe(true);
    dispose();
  });
});

test.each<[LikelihoodName, Sigma, string[]]>([
  ['bernoulli', 'learned', []],
  ['continuous-bernoulli', 'learned', []],
  ['gaussian', 'learned', ['likelihood/scaled_log_sigma']],
  ['gaussian', 0.5, []],
  ['laplace', 'learned', ['likelihood/scaled_log_scale']],
  ['laplace', 0.5, []],
  ['discretised-logistic', 'learned', ['likelihood/scaled_log_scale']],
])('%s (σ %p) has its name, and learns %j', (name, sigma, weights) => {
  const likelihood = createLikelihood(name, sigma);
  expect(likelihood.name).toBe(name);
  expect(likelihood.card()?.kind).toBe(name);
  expect(likelihood.weights.map((weight) => weight.name)).toEqual(weights);
  likelihood.dispose();
});

test.each<[LikelihoodName, object, object]>([
  ['gaussian', { kind: 'gaussian', sigma: 0.3 }, { sigma: expect.closeTo(0.3, 6) }],
  ['gaussian', { kind: 'laplace', scale: 0.3 }, { sigma: 1 }],
  ['laplace', { kind: 'laplace', scale: 0.3 }, { scale: expect.closeTo(0.3, 6) }],
  ['laplace', { kind: 'gaussian', sigma: 0.3 }, { scale: 1 }],
  ['discretised-logistic', { kind: 'gaussian', sigma: 0.3 }, { scale: 1, levels: 256 }],
  ['bernoulli', { kind: 'gaussian', sigma: 0.3 }, { kind: 'bernoulli' }],
  ['continuous-bernoulli', { kind: 'bernoulli' }, { kind: 'continuous-bernoulli' }],
])('a learned %s goes on from %j alone where that says its spread', (name, card, expected) => {
  const likelihood = createLikelihood(name, 'learned');
  likelihood.adopt(card as ReturnType<typeof likelihood.card>);
  expect(likelihood.card()).toMatchObject(expected);
  likelihood.dispose();
});

describe('what is no likelihood of such values', () => {
  const ranges: (readonly [number, number])[] = [
    [0, 1],
    [0, 0.5],
    [0, 255],
    [-1, 1],
    [-3.5, 4],
  ];
  test.each(LIKELIHOOD_NAMES.flatMap((name) => ranges.map((range) => ({ name, range }))))(
    '$name of values in $range',
    ({ name, range }) => {
      const make = () => createLikelihood(name, 0.1, range).dispose();
      if (!name.includes('bernoulli') || (range[0] >= 0 && range[1] <= 1)) {
        expect(make).not.toThrow();
        return;
      }
      expect(make).toThrow(ArgumentError);
      expect(make).toThrow(
        `likelihood: expected 'gaussian', 'laplace', 'discretised-logistic' for values from ${range[0]} to ${range[1]} (`,
      );
    },
  );

  test.each<[string, unknown[]]>([
    ['likelihood', ['foo']],
    ['likelihood', [undefined]],
    ['sigma', ['gaussian', 0]],
    ['sigma', ['laplace', Number.NaN]],
    ['sigma', ['discretised-logistic', 'learnt']],
    ['valueRange', ['gaussian', 1, [1, 0]]],
    ['valueRange', ['gaussian', 1, [0, Number.POSITIVE_INFINITY]]],
    ['valueRange', ['gaussian', 1, 5]],
  ])('%s: %j', (argument, given) => {
    const make = () => createLikelihood(...(given as Parameters<typeof createLikelihood>));
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument', argument }));
  });
});

describe('continuous bernoulli', () => {
  const { negativeLogLikelihood, outputs } = createLikelihood('continuous-bernoulli');
  const logits = [-8, -1, -0.11, -0.09, 0, 0.09, 0.11, 1, 8];

  test.each(logits)('is a density over [0, 1] with the stated mean at logit %p', (logit) => {
    const steps = 2000;
    const at = Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);
    const density = negativeLogLikelihood(
      tf.tensor2d(at, [steps, 1]),
      tf.fill([steps, 1], logit),
    ).arraySync();
    const weights = density.map((value) => Math.exp(-value) / steps);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 3);
    const mean = weights.reduce((sum, weight, i) => sum + weight * (at[i] as number), 0);
    expect(outputs(tf.tensor2d([[logit]]))['mean']?.dataSync()[0]).toBeCloseTo(mean, 3);
  });

  test('has finite gradients everywhere, at 0 too', () => {
    const gradient = tf.grad((l) =>
      tf.sum(negativeLogLikelihood(tf.fill([1, logits.length], 0.3), l as tf.Tensor2D)),
    );
    const values = [...gradient(tf.tensor2d([logits])).dataSync()];
    expect(values.every(Number.isFinite)).toBe(true);
    // d/dl at 0 is mean − x = 0.2.
    expect(values[4]).toBeCloseTo(0.2, 4);
  });
});

/** Values of each kind of place: the lowest and highest level, near them, and between. */
const VALUES = [0, 0.0015, 0.2, 0.55, 0.9985, 1];

describe.each<[LikelihoodName, Sigma]>([
  ['laplace', 0.2],
  ['laplace', 'learned'],
  ['discretised-logistic', 0.02],
  ['discretised-logistic', 5],
  ['discretised-logistic', 'learned'],
])('%s (scale %p)', (name, sigma) => {
  const values = () => tf.tensor2d([VALUES]);
  const at = [0.4, -0.2, 0.21, 0.5, 1.3, 0.7];

  test('has the slope that it has, in the mean and in what is learned', () => {
    const { negativeLogLikelihood, weights, dispose } = createLikelihood(name, sigma);
    const loss = (mean: number[]) =>
      tf.tidy(() => negativeLogLikelihood(values(), tf.tensor2d([mean])).dataSync()[0] as number);
    const gradient = tf
      .grad((mean) => tf.sum(negativeLogLikelihood(values(), mean as tf.Tensor2D)))(
        tf.tensor2d([at]),
      )
      .dataSync();
    const h = 2e-3;
    for (const [i, value] of at.entries()) {
      const [up, down] = [value + h, value - h].map((moved) => loss(at.with(i, moved)));
      const slope = ((up as number) - (down as number)) / (2 * h);
      const found = gradient[i] as number;
      expect(Math.abs(found - slope)).toBeLessThan(0.02 * Math.max(1, Math.abs(slope)));
    }
    for (const { variable } of weights) {
      const { grads } = tf.variableGrads(
        () => tf.sum<tf.Scalar>(negativeLogLikelihood(values(), tf.tensor2d([at]))),
        [variable],
      );
      const [up, down] = [h, -h].map((moved) => {
        variable.assign(tf.scalar(moved));
        return loss(at);
      });
      const slope = ((up as number) - (down as number)) / (2 * h);
      const found = grads[variable.name]?.dataSync()[0] as number;
      expect(Math.abs(found - slope)).toBeLessThan(0.02 * Math.max(1, Math.abs(slope)));
    }
    dispose();
  });

  test('stays finite, and so does its gradient, far from the mean', () => {
    const { negativeLogLikelihood, dispose } = createLikelihood(name, sigma);
    const far = tf.tensor2d([[1e4, -1e4, 1e4, -1e4, 1e4, -1e4]]);
    const gradient = tf.grad((mean) =>
      tf.sum(negativeLogLikelihood(values(), mean as tf.Tensor2D)),
    );
    expect(Number.isFinite(negativeLogLikelihood(values(), far).dataSync()[0])).toBe(true);
    expect([...gradient(far).dataSync()].every(Number.isFinite)).toBe(true);
    dispose();
  });

  test('goes on from a card', () => {
    const [first, second] = [createLikelihood(name, sigma), createLikelihood(name, sigma)];
    const card = first.card();
    second.adopt(sigma === 'learned' ? ({ ...card, scale: 0.03 } as typeof card) : card);
    const { scale } = second.card() as { scale: number };
    expect(scale).toBeCloseTo(sigma === 'learned' ? 0.03 : (sigma as number), 6);
    for (const each of [first, second]) each.dispose();
  });
});

test('the masses of the discretised logistic sum to 1 over the levels of its range', () => {
  const { negativeLogLikelihood } = createLikelihood('discretised-logistic', 0.1, [-1, 1]);
  const levels = Array.from({ length: 256 }, (_, i) => [-1 + (2 * i) / 255]);
  for (const mean of [-2, -0.99, 0.1, 1]) {
    const masses = tf.exp(
      tf.neg(negativeLogLikelihood(tf.tensor2d(levels), tf.fill([256, 1], mean))),
    );
    expect(tf.sum(masses).dataSync()[0]).toBeCloseTo(1, 4);
  }
});

test.each<[LikelihoodName, Sigma]>([
  ['bernoulli', 1],
  ['continuous-bernoulli', 1],
  ['gaussian', 0.3],
  ['gaussian', 'learned'],
  ['laplace', 0.3],
  ['laplace', 'learned'],
  ['discretised-logistic', 0.05],
  ['discretised-logistic', 'learned'],
])('%s (σ %p) agrees with the contract', (name, sigma) => {
  const likelihood = createLikelihood(name, sigma);
  const x = Float32Array.of(0, 0.2, 0.7, 1);
  const parameter = Float32Array.of(-2, 0.05, 3, -0.4);
  const negative = likelihood
    .negativeLogLikelihood(tf.tensor2d(x, [1, 4]), tf.tensor2d(parameter, [1, 4]))
    .dataSync()[0] as number;
  const outputs = likelihood.outputs(tf.tensor2d(parameter, [1, 4]));
  const plain = (key: string) => ({
    data: outputs[key]?.dataSync() as Float32Array,
    dims: [1, 4],
    dtype: 'float32' as const,
  });
  const decoded = {
    mean: plain('mean'),
    ...(outputs['logits'] ? { logits: plain('logits') } : {}),
  };
  const card = fakeCard({
    item: [4],
    latent: { kind: 'gaussian', size: 2 },
    likelihood: likelihood.card(),
  });
  expect(logLikelihood(x, decoded, card)[0]).toBeCloseTo(-negative, 4);
  likelihood.dispose();
});
