import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resolveConfig, type TrainConfig } from './config.ts';
import { errorOf } from './testing.ts';

describe('resolveConfig', () => {
  test('fills in the standard setting', () => {
    const config = resolveConfig({ runDir: '/runs/a' });
    expect(config).toEqual({
      runDir: '/runs/a',
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
    [{ hiddenSizes: [400, 0] }, /hidden layer size/],
    [{ hiddenSizes: new Array(17).fill(8) }, /hidden layers/],
    [{ batchSize: 0 }, /batch size/],
    [{ epochs: Number.NaN }, /epochs/],
    [{ seed: -1 }, /seed/],
    [{ beta: -0.1 }, /beta/],
    [{ beta: Number.POSITIVE_INFINITY }, /beta/],
    [{ learningRate: 0 }, /learning rate/],
  ];
  test.each(bad)('refuses %j', async (change, message) => {
    const error = await errorOf(() => resolveConfig({ runDir: '/runs/a', ...change }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });
});
