import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resolveConfig, type TrainConfig } from './config.ts';
import { errorOf } from './testing.ts';

describe('resolveConfig', () => {
  test('fills in the standard setting', () => {
    const config = resolveConfig({ runDir: '/runs/a' });
    expect(config).toMatchObject({
      runDir: '/runs/a',
      family: 'vae',
      architecture: 'mlp',
      binarise: 'none',
      betaSchedule: 'constant',
      rateSchedule: 'constant',
      data: { name: 'strokes' },
      backend: 'auto',
      latentSize: 20,
      hiddenSizes: [400],
      likelihood: 'bernoulli',
      beta: 1,
      learningRate: 1e-3,
      batchSize: 128,
      epochs: 10,
      seed: 1,
    });
  });

  test('a configuration that is filled in stays as it is', () => {
    const config = resolveConfig({ runDir: '/runs/a', family: 'vq-vae', epochs: 5 });
    expect(config).toMatchObject({ architecture: 'conv', likelihood: 'gaussian', sigma: 0.1 });
    expect(resolveConfig(config)).toEqual(config);
  });

  test('keeps folders as absolute paths', () => {
    const config = resolveConfig({ runDir: 'runs/a', data: { name: 'mnist', dataDir: 'data' } });
    expect(config.runDir).toBe(join(process.cwd(), 'runs', 'a'));
    expect(config.data.dataDir).toBe(join(process.cwd(), 'data'));
  });

  const bad: [Partial<TrainConfig>, RegExp][] = [
    [{ runDir: '' }, /run folder/],
    [{ data: 'cifar' as 'mnist' }, /data set: expected 'strokes' or 'mnist', received 'cifar'/],
    [{ data: { name: 'strokes', trainCount: 0 } }, /training items/],
    [
      { backend: 'gpu' as 'cpu' },
      /backend: expected 'auto', 'tfjs-node', 'wasm', 'cpu', received 'gpu'/,
    ],
    [{ likelihood: 'poisson' as 'gaussian' }, /likelihood/],
    [{ latentSize: 0 }, /latent size: expected an integer from 1 to 65,536, received 0/],
    [{ latentSize: 2.5 }, /latent size/],
    [{ family: 'gan' as 'vae' }, /family: expected 'ae', 'vae'.*received 'gan'/],
    [{ family: 'vq-vae', architecture: 'mlp' }, /architecture: expected 'conv'/],
    [{ architecture: 'rnn' as 'mlp' }, /architecture/],
    [{ channels: [] }, /channels: expected at least one/],
    [{ levels: [4] }, /levels: expected at least 2/],
    [{ sigma: 0 }, /sigma: expected a finite number above 0/],
    [{ freeBits: -1 }, /free bits/],
    [{ capacity: Number.NaN }, /capacity/],
    [{ samples: 0 }, /samples/],
    [{ flow: 'spline' as 'iaf' }, /flow/],
    [{ codebookDecay: 1 }, /codebook decay/],
    [{ binarise: 'often' as 'none' }, /binarisation/],
    [{ betaSchedule: 'linear' as 'warm-up' }, /beta schedule/],
    [{ rateSchedule: 'linear' as 'cosine' }, /learning rate schedule/],
    [{ warmUpEpochs: -1 }, /warm-up epochs/],
    [{ hiddenSizes: [400, 0] }, /hidden layer size/],
    [{ hiddenSizes: new Array(17).fill(8) }, /hidden layers/],
    [{ batchSize: 0 }, /batch size/],
    [{ epochs: Number.NaN }, /epochs/],
    [{ seed: -1 }, /seed/],
    [{ beta: -0.1 }, /beta/],
    [{ beta: Number.POSITIVE_INFINITY }, /beta/],
    [{ learningRate: 0 }, /learning rate/],
    [{ weightDecay: 0.1 }, /weight decay/],
  ];
  test.each(bad)('refuses %j', async (change, message) => {
    const error = await errorOf(() => resolveConfig({ runDir: '/runs/a', ...change }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });
});
