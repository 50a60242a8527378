import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import type { Batch, FamilyModel, GraphFunction } from './family.ts';
import { createLikelihood } from './likelihood.ts';
import { buildTwoLayers, type TwoLayerConfig } from './two-layers.ts';
import { assign } from './variables.ts';

beforeAll(openPlainTfjs);

const [ITEMS, PIXELS, UPPER, LOWER, BETA] = [2, 4, 2, 3, 0.8];
const SIZE = UPPER + LOWER;

/** Weights drawn at random, and what they are by name. */
function build(changes: Partial<TwoLayerConfig> = {}) {
  const model = buildTwoLayers({
    family: 'iwae',
    itemShape: [2, 2, 1],
    architecture: 'mlp',
    activation: 'tanh',
    blocks: 1,
    hiddenSizes: [5, 4],
    channels: [],
    labels: 0,
    latentSize: UPPER,
    lowerLatentSize: LOWER,
    upperHiddenSizes: [4, 3],
    likelihood: createLikelihood('bernoulli'),
    valueRange: [0, 1],
    samples: 3,
    gradient: 'standard',
    ...changes,
  });
  const random = createRandom(3);
  for (const { variable } of model.weights) {
    assign(variable, random.fillNormal(new Float32Array(variable.size), 0.6));
  }
  return model;
}

function batchOf({ noiseSize }: FamilyModel, beta = BETA): Batch {
  const random = createRandom(8);
  const items = Float32Array.from({ length: ITEMS * PIXELS }, () => random.uniform());
  const noise = random.fillNormal(new Float32Array(ITEMS * noiseSize));
  return {
    items: tf.tensor2d(items, [ITEMS, PIXELS]),
    noise: tf.tensor2d(noise, [ITEMS, noiseSize]),
    beta: tf.scalar(beta),
    capacity: tf.scalar(0),
  };
}

interface Normal {
  readonly mean: number[];
  readonly logVar: number[];
}

/** The networks of a model in plain numbers, from its weights alone. */
function networksOf({ weights }: FamilyModel) {
  const layer = (name: string, x: number[]): number[] | undefined => {
    const of = (part: string) => weights.find((one) => one.name === `${name}/${part}`)?.variable;
    const kernel = of('kernel')?.arraySync() as number[][] | undefined;
    const bias = of('bias')?.arraySync() as number[];
    return kernel && bias.map((b, j) => x.reduce((sum, v, i) => sum + v * kernel[i]![j]!, b));
  };
  const top = (network: string, x: number[], depth = 1): number[] => {
    const next = layer(`${network}/hidden_${depth}`, x);
    return next ? top(network, next.map(Math.tanh), depth + 1) : x;
  };
  const head = (network: string, name: string, x: number[]) =>
    layer(`${network}/${name}`, top(network, x)) as number[];
  const normal = (network: string) => (x: number[]) => ({
    mean: head(network, 'mean', x),
    logVar: head(network, 'log_var', x),
  });
  return {
    lower: normal('encoder'),
    upper: normal('upper_encoder'),
    prior: normal('upper_decoder'),
    logits: (h1: number[]) => head('decoder', 'output', h1),
  };
}

const drawn = ({ mean, logVar }: Normal, eps: number[]) =>
  mean.map((at, i) => at + Math.exp((logVar[i] as number) / 2) * (eps[i] as number));
const density = (value: number[], { mean, logVar }: Normal) =>
  value.reduce((sum, v, i) => {
    const [at, log] = [mean[i] as number, logVar[i] as number];
    return sum - 0.5 * ((v - at) ** 2 / Math.exp(log) + log + Math.log(2 * Math.PI));
  }, 0);
const standard = (size: number): Normal => ({
  mean: new Array<number>(size).fill(0),
  logVar: new Array<number>(size).fill(0),
});

/** What each draw comes to in h₁ and h₂ themselves, as Burda et al. write the model: [item][draw]. */
function drawsOf(model: FamilyModel, { items, noise }: Batch, draws: number) {
  const { lower, upper, prior, logits } = networksOf(model);
  const eps = tf.reshape(noise, [ITEMS, draws, SIZE]).arraySync() as number[][][];
  return items.arraySync().map((x, item) =>
    (eps[item] as number[][]).map((row) => {
      const q1 = lower(x);
      const h1 = drawn(q1, row.slice(UPPER));
      const q2 = upper(h1);
      const h2 = drawn(q2, row.slice(0, UPPER));
      const logPx = logits(h1).reduce((sum, l, i) => {
        return sum + (x[i] as number) * l - Math.log1p(Math.exp(l));
      }, 0);
      const logP = density(h2, standard(UPPER)) + density(h1, prior(h2));
      return { h1, h2, logPx, logRatio: logP - density(h1, q1) - density(h2, q2) };
    }),
  );
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each([
  ['vae', 1],
  ['iwae', 3],
] as const)('%s of two layers, %d draws', (family, samples) => {
  test('the loss is the negative bound of what the draws come to in the layers themselves', () => {
    const model = build({ family, samples });
    const batch = batchOf(model);
    const draws = drawsOf(model, batch, samples);
    const bounds = draws.map((rows) =>
      Math.log(mean(rows.map(({ logPx, logRatio }) => Math.exp(logPx + BETA * logRatio)))),
    );
    const { loss, reconstruction, kl } = model.terms(batch);
    expect(loss.dataSync()[0]).toBeCloseTo(-mean(bounds), 4);
    const all = draws.flat();
    expect(reconstruction.dataSync()[0]).toBeCloseTo(-mean(all.map(({ logPx }) => logPx)), 4);
    expect(kl.dataSync()[0]).toBeCloseTo(-mean(all.map(({ logRatio }) => logRatio)), 4);
    model.dispose();
  });
});

test('the way down between the layers mirrors the way up', () => {
  const model = build();
  const shapesOf = (network: string) =>
    model.weights
      .filter(({ name }) => name.startsWith(`${network}/hidden`) && name.endsWith('kernel'))
      .map(({ variable }) => variable.shape);
  expect(shapesOf('upper_encoder')).toEqual([
    [LOWER, 4],
    [4, 3],
  ]);
  expect(shapesOf('upper_decoder')).toEqual([
    [UPPER, 3],
    [3, 4],
  ]);
  model.dispose();
});

describe('a linear model, whose posterior is known', () => {
  /** x = b h₁ + c + noise, h₁ = a h₂ + d + noise, each noise with a σ of its own. */
  const [a, d, s, b, c, sigma] = [1.3, -0.2, 0.7, 0.9, 0.4, 0.5];
  /** h₁ ~ N(d, a² + s²), and given x; h₂ given h₁: from Bayes' rule for Gaussians. */
  const spread = a ** 2 + s ** 2;
  const lower = 1 / (1 / spread + b ** 2 / sigma ** 2);
  const upper = 1 / (1 + a ** 2 / s ** 2);
  const gain = (lower * b) / sigma ** 2;
  const VALUES: Readonly<Record<string, number>> = {
    'encoder/mean/kernel': gain,
    'encoder/mean/bias': (lower * d) / spread - gain * c,
    'encoder/log_var/bias': Math.log(lower),
    'upper_encoder/mean/kernel': (upper * a) / s ** 2,
    'upper_encoder/mean/bias': (-upper * a * d) / s ** 2,
    'upper_encoder/log_var/bias': Math.log(upper),
    'upper_decoder/mean/kernel': a,
    'upper_decoder/mean/bias': d,
    'upper_decoder/log_var/bias': 2 * Math.log(s),
    'decoder/output/kernel': b,
    'decoder/output/bias': c,
  };

  /** The loss of items, and the largest gradient of the encoders, with β = 1. */
  function lossOf(gradient: 'standard' | 'stl', samples = 1, off = 0) {
    const model = build({
      ...{ itemShape: [1, 1, 1], latentSize: 1, lowerLatentSize: 1, samples, gradient },
      ...{ hiddenSizes: [], upperHiddenSizes: [], family: samples > 1 ? 'iwae' : 'vae' },
      likelihood: createLikelihood('gaussian', sigma),
    });
    for (const { name, variable } of model.weights) {
      const moved = /encoder\/.*bias/.test(name) ? off : 0;
      assign(variable, Float32Array.of((VALUES[name] ?? 0) + moved));
    }
    const rows = Math.round(40_000 / samples);
    const noise = createRandom(2).fillNormal(new Float32Array(rows * model.noiseSize));
    const items = createRandom(1).fillNormal(new Float32Array(rows));
    const variables = model.weights.map(({ variable }) => variable);
    const batch: Batch = {
      items: tf.tensor2d(items, [rows, 1]),
      noise: tf.tensor2d(noise, [rows, model.noiseSize]),
      beta: tf.scalar(1),
      capacity: tf.scalar(0),
    };
    const { value, grads } = tf.variableGrads(() => model.terms(batch).loss, variables);
    const gradients = model.weights
      .filter(({ name }) => name.includes('encoder/'))
      .map(({ variable }) => (grads[variable.name] as tf.Tensor).dataSync()[0] as number);
    model.dispose();
    const variance = b ** 2 * spread + sigma ** 2;
    const nll =
      items.reduce((sum, x) => sum + (x - b * d - c) ** 2, 0) / rows / variance / 2 +
      0.5 * Math.log(2 * Math.PI * variance);
    return { excess: (value.dataSync()[0] as number) - nll, gradients };
  }

  test.each([1, 3])('every draw is worth −ln p(x), %d an item', (samples) => {
    expect(Math.abs(lossOf('standard', samples).excess)).toBeLessThan(1e-4);
  });

  test('sticking the landing has no gradient there, where that of the bound varies', () => {
    const largest = (gradient: 'standard' | 'stl') =>
      Math.max(...lossOf(gradient).gradients.map(Math.abs));
    expect(largest('stl')).toBeLessThan(1e-5);
    expect(largest('standard')).toBeGreaterThan(1e-3);
  });

  test('with other posteriors the bound is looser, and both gradients are the same on average', () => {
    const [stl, standard] = [lossOf('stl', 1, 0.4), lossOf('standard', 1, 0.4)];
    expect(standard.excess).toBeGreaterThan(0.1);
    expect(stl.excess).toBeCloseTo(standard.excess, 5);
    expect(Math.max(...standard.gradients.map(Math.abs))).toBeGreaterThan(0.3);
    for (const [i, value] of stl.gradients.entries()) {
      expect(Math.abs(value - (standard.gradients[i] as number))).toBeLessThan(0.03);
    }
  });
});

describe('the graphs', () => {
  const run = () => {
    const model = build({ samples: 1 });
    const batch = batchOf(model);
    const [encoder, decoder] = model.graphs as [GraphFunction, GraphFunction];
    const outputs = encoder.run(batch.items, batch.noise) as Record<string, tf.Tensor2D>;
    return { model, batch, encoder, decoder, outputs };
  };

  test('give a draw the density ratio that it has in the layers, and decode it as those do', () => {
    const { model, batch, decoder, outputs } = run();
    const z = (outputs['z'] as tf.Tensor2D).arraySync();
    const logQ = (outputs['log_q'] as tf.Tensor).dataSync();
    const { logits } = decoder.run(outputs['z'] as tf.Tensor) as Record<string, tf.Tensor2D>;
    const networks = networksOf(model);
    for (const [item, [draw]] of drawsOf(model, batch, 1).entries()) {
      const { h1, h2, logRatio } = draw as NonNullable<typeof draw>;
      const at = z[item] as number[];
      expect(density(at, standard(SIZE)) - (logQ[item] as number)).toBeCloseTo(logRatio, 4);
      expect(at.slice(0, UPPER)).toEqual(h2.map((value) => expect.closeTo(value, 4)));
      const decoded = networks.logits(h1).map((value) => expect.closeTo(value, 4));
      expect(logits?.arraySync()[item]).toEqual(decoded);
    }
    model.dispose();
  });

  test('say the base of the flow, whose image without noise goes by the means all the way', () => {
    const { model, batch, encoder, outputs } = run();
    const { lower, upper, prior } = networksOf(model);
    const still = encoder.run(batch.items, tf.zerosLike(batch.noise)) as Record<string, tf.Tensor>;
    for (const [item, x] of batch.items.arraySync().entries()) {
      const q1 = lower(x);
      const h2 = upper(q1.mean).mean;
      const { mean: at, logVar } = prior(h2);
      const e1 = q1.mean.map((v, i) => (v - at[i]!) / Math.exp(logVar[i]! / 2));
      const row = (name: string, of = outputs) => (of[name] as tf.Tensor2D).arraySync()[item];
      const close = (values: number[]) => values.map((value) => expect.closeTo(value, 4));
      expect(row('z', still as typeof outputs)).toEqual(close([...h2, ...e1]));
      expect(row('mean')).toEqual(close([...new Array<number>(UPPER).fill(0), ...q1.mean]));
      expect(row('log_var')).toEqual(close([...new Array<number>(UPPER).fill(0), ...q1.logVar]));
    }
    model.dispose();
  });
});
