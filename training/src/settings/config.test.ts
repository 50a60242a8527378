import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ArgumentError } from '@latentkit/core';
import { datasetOf } from '@latentkit/data';
import { type LoadDatasetOptions, loadDataset } from '../data/load-dataset.ts';
import { errorOf } from '../testing.ts';
import { resolveConfig, type TrainConfig, usedSettings } from './config.ts';
import type { Table } from './setting.ts';
import { IN_A_ROW } from './setting.ts';
import { DATA_SETTINGS, SETTING_GROUPS, SETTINGS } from './table.ts';
import { trainCommand } from './train-command.ts';

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

  test.each<[string, object, RegExp]>([
    ['a setting', { epoch: 3 }, /^options: expected 'epochs' or '.*', received 'epoch'\.$/],
    ['the run folder', { rundir: 'b' }, /^options: expected 'runDir' or '/],
    [
      'a setting of data',
      { data: { name: 'strokes', trainCounts: 5 } },
      /^options: expected 'trainCount' or /,
    ],
  ])('%s whose name is misspelt is refused', (_, change, message) => {
    const resolve = () => resolveConfig({ runDir: '/runs/a', ...change } as TrainConfig);
    expect(resolve).toThrow(ArgumentError);
    expect(resolve).toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    ['a Promise', Promise.resolve({}), /received a Promise: await it\.$/],
    ['a generator', (function* () {})(), /received an object with no keys\.$/],
    ['a Map', new Map(), /received an object with no keys\.$/],
    ['a Date', new Date(0), /received an object with no keys\.$/],
    ['an array', [], /received \[\]\.$/],
    ['an object without a name', {}, /received an object with no keys\.$/],
    ['settings without a name', { trainCount: 5 }, /received an object with trainCount\.$/],
    ['null', null, /received null\.$/],
  ])('%s is no data', async (_, data, received) => {
    const calls = [
      () => resolveConfig({ runDir: '/runs/a', data } as TrainConfig),
      () => loadDataset(data as LoadDatasetOptions),
    ];
    const [config, loaded] = [
      await errorOf(calls[0] as () => void),
      await errorOf(calls[1] as () => void),
    ];
    expect(config).toMatchObject({ code: 'invalid-argument', argument: 'data' });
    expect(config.message).toMatch(/^data: expected 'strokes', 'mnist', .* { name: 'mnist' }/);
    expect(config.message).toMatch(received);
    expect(loaded.code).toBe('invalid-argument');
  });

  test('a configuration that is filled in stays as it is', () => {
    const config = resolveConfig({ runDir: '/runs/a', family: 'vq-vae', epochs: 5 });
    expect(config).toMatchObject({ architecture: 'conv', likelihood: 'gaussian', sigma: 0.1 });
    expect(resolveConfig(usedSettings(config))).toEqual(config);
  });

  test('gives each optimiser its own', () => {
    const resolved = (change: Partial<TrainConfig>) =>
      resolveConfig({ runDir: '/runs/a', ...change });
    const decaying = resolved({ optimizer: 'adamw', clipNorm: 2 });
    expect(decaying).toMatchObject({ weightDecay: 0.01, clipNorm: 2, weightAverage: 0 });
    expect(resolved({ optimizer: 'sgd' })).toMatchObject({ momentum: 0.9 });
    expect('clipNorm' in resolved({})).toBe(false);
  });

  test('what a family differs in gives way to what is given', () => {
    const resolved = (change: Partial<TrainConfig>) =>
      resolveConfig({ runDir: '/runs/a', ...change });
    expect(resolved({ family: 'beta-vae' }).beta).toBe(4);
    expect(resolved({ family: 'beta-vae', beta: 2 }).beta).toBe(2);
    expect(resolved({ architecture: 'resnet' }).activation).toBe('silu');
    expect(resolved({ lowerLatentSize: 100 })).toMatchObject({
      hiddenSizes: [200, 200],
      upperHiddenSizes: [100, 100],
    });
    expect(resolved({ family: 'hierarchical' }).hiddenSizes).toEqual([512, 256, 128]);
    expect(resolved({ epochs: 30, betaSchedule: 'warm-up' }).warmUpEpochs).toBe(3);
  });

  test('takes files for pictures', () => {
    const data = { name: 'files', dataDir: 'photos' } as const;
    const pictures = resolveConfig({ runDir: '/runs/a', data });
    expect(pictures).toMatchObject({
      architecture: 'conv',
      activation: 'silu',
      channels: [32, 64, 128, 128],
      latentSize: 128,
      likelihood: 'gaussian',
      sigma: 'learned',
      data: { name: 'files' },
    });
    expect(resolveConfig(usedSettings(pictures))).toEqual(pictures);
    const patient = resolveConfig({ runDir: '/runs/a', data, patience: 3, augment: 'none' });
    expect(usedSettings(patient)).toMatchObject({ patience: 3, augment: 'none' });
    expect(resolveConfig(usedSettings(patient))).toEqual(patient);
    const codes = resolveConfig({ runDir: '/runs/a', data, family: 'vq-vae' });
    expect(codes).toMatchObject({
      architecture: 'conv',
      channels: [32, 64],
      sigma: 0.1,
      codes: 512,
      commitment: 2.5,
      codebookDecay: 0.95,
      priorPosition: 'learned',
      batchSize: 16,
      learningRate: 0.003,
    });
    expect(resolveConfig({ runDir: '/runs/a', family: 'vq-vae' })).toMatchObject({
      codes: 128,
      commitment: 0.25,
      codebookDecay: 0.99,
      priorPosition: 'unseen',
      batchSize: 128,
      learningRate: 0.001,
    });
    expect(resolveConfig({ runDir: '/runs/a', data, architecture: 'mlp' }).hiddenSizes).toEqual([
      256,
    ]);
  });

  test('keeps folders as absolute paths', () => {
    const config = resolveConfig({ runDir: 'runs/a', data: { name: 'mnist', dataDir: 'data' } });
    expect(config.runDir).toBe(join(process.cwd(), 'runs', 'a'));
    expect(config.data.dataDir).toBe(join(process.cwd(), 'data'));
  });

  const bad: [Partial<TrainConfig>, RegExp][] = [
    [{ runDir: '' }, /run folder/],
    [
      { data: 'cifar' as 'mnist' },
      /^data: expected 'strokes', 'mnist', or the path of data of your own, received 'cifar'/,
    ],
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
    [{ architecture: 'conv', channels: [] }, /channels: expected at least 1/],
    [
      { family: 'hierarchical', levels: [4] },
      /^levels: expected at least 2, or others on the grid \(--grid-levels, with conv or resnet\), received 1\.$/,
    ],
    [
      { family: 'hierarchical', levels: [4], gridLevels: [2] },
      /^grid levels: expected none with architecture mlp \(it is for family hierarchical and architecture conv, resnet\)/,
    ],
    [{ family: 'vae', architecture: 'conv', gridLevels: [2] }, /^grid levels: expected none/],
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
    [
      { optimizer: 'lion' as 'adam' },
      /optimizer: expected 'adam', 'adamw', 'sgd', received 'lion'/,
    ],
    [{ optimizer: 'adamw', weightDecay: -0.1 }, /weight decay/],
    [{ optimizer: 'sgd', momentum: 1 }, /momentum: expected a number from 0 to below 1/],
    [{ clipNorm: 0 }, /clip norm/],
    [{ weightAverage: 1 }, /weight average/],
    [{ weightAverage: Number.NaN }, /weight average/],
    [{ timeBudget: '30' }, /time: expected a time above 0 with its unit/],
    [{ centre: 'no' as unknown as boolean }, /centre: expected true or false/],
    [{ hiddenSizes: 400 as unknown as number[] }, /hidden layers: expected a list/],
  ];
  test.each(bad)('refuses %j', async (change, message) => {
    const error = await errorOf(() => resolveConfig({ runDir: '/runs/a', ...change }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });

  /** What the others leave no use for would look as if it had been used. */
  const useless: [Partial<TrainConfig>, RegExp][] = [
    [
      { codes: 64 },
      /codes: expected none with family vae \(it is for family vq-vae\), received 64/,
    ],
    [{ codes: 128 }, /codes: expected none/],
    [{ family: 'vq-vae', latentSize: 8 }, /latent size: expected none with family vq-vae/],
    [{ family: 'vq-vae', hiddenSizes: [8] }, /hidden layers: expected none with family vq-vae/],
    [{ family: 'vq-vae', beta: 2 }, /beta: expected none/],
    [{ family: 'ae', betaSchedule: 'warm-up' }, /beta schedule: expected none/],
    [{ family: 'hierarchical', latentSize: 8 }, /latent size: expected none/],
    [{ family: 'iwae', freeBits: 0.1 }, /free bits: expected none/],
    [{ family: 'flow', capacity: 5 }, /capacity: expected none/],
    [
      { family: 'flow', flow: 'planar', flowHidden: 64 },
      /flow hidden units: expected none with flow planar/,
    ],
    [{ family: 'flow', lowerLatentSize: 8 }, /lower latent size: expected none with family flow/],
    [
      { upperHiddenSizes: [8] },
      /upper hidden layers: expected none without lower latent size \(it is for a lower latent size\)/,
    ],
    [
      { family: 'iwae', lowerLatentSize: 8, gradient: 'stl' },
      /gradient: expected none with family iwae \(.*, or family iwae and no lower latent size\)/,
    ],
    [{ lowerLatentSize: 8, freeBits: 0.1 }, /free bits: expected none with lower latent size 8/],
    [{ lowerLatentSize: 8, capacity: 3 }, /capacity: expected none with lower latent size 8/],
    [
      { family: 'iwae', lowerLatentSize: 8, bound: 'miwae' },
      /bound: expected none with lower latent size 8/,
    ],
    [{ samples: 5 }, /samples: expected none with family vae/],
    ...(['ae', 'cvae', 'hierarchical', 'flow', 'vq-vae'] as const).map(
      (family): [Partial<TrainConfig>, RegExp] => [
        { family, prior: 'vamp' },
        new RegExp(
          `^prior: expected none with family ${family} \\(it is for family vae, beta-vae, iwae and no lower latent size\\)`,
        ),
      ],
    ),
    [{ lowerLatentSize: 8, prior: 'vamp' }, /^prior: expected none with lower latent size 8/],
    [
      { pseudoInputs: 10 },
      /^pseudo-inputs: expected none with prior normal \(it is for prior vamp\)/,
    ],
    [
      { prior: 'vamp', freeBits: 0.1 },
      /^free bits: expected none with prior vamp \(it is for family vae, beta-vae and no lower latent size and prior normal, or family cvae, hierarchical\)/,
    ],
    [{ prior: 'vamp', capacity: 5 }, /^capacity: expected none with prior vamp/],
    [
      { prior: 'vamp', pseudoInputs: 500, latentSize: 501 },
      /^pseudo-inputs: expected at most 499 at a latent size of 501 \(the card keeps 250,000 means in all\), received 500/,
    ],
    [
      { channels: [8] },
      /channels: expected none with architecture mlp \(it is for architecture conv, resnet\)/,
    ],
    [{ architecture: 'conv', blocks: 2 }, /blocks: expected none with architecture conv/],
    [{ family: 'flow', gradient: 'stl' }, /gradient: expected none with family flow/],
    [{ bound: 'miwae' }, /bound: expected none with family vae/],
    [{ family: 'iwae', groups: 3 }, /groups: expected none with bound iwae/],
    [{ gradient: 'dreg' }, /gradient: expected 'stl' \(with one draw/],
    [{ gradient: 'stl', freeBits: 0.1 }, /gradient: expected 'standard' with free bits/],
    [{ sigma: 0.5 }, /sigma: expected none with likelihood bernoulli/],
    [
      { warmUpEpochs: 2 },
      /warm-up epochs: expected none with beta schedule constant .*or a capacity/,
    ],
    [{ weightDecay: 0.1 }, /weight decay: expected none with optimizer adam/],
    [
      { epochs: 10, timeBudget: '30m' },
      /epochs: expected none with time budget 30m \(it is for no time budget\), received 10/,
    ],
    [{ optimizer: 'adamw', momentum: 0.9 }, /momentum: expected none with optimizer adamw/],
    [{ engine: 'onnx', backend: 'wasm' }, /backend: expected none with engine onnx/],
    [
      { data: { name: 'strokes', dataDir: 'photos' } },
      /data folder: expected none with data set strokes/,
    ],
    [{ data: { name: 'mnist', seed: 2 } }, /data seed: expected none with data set mnist/],
  ];
  test.each(useless)('refuses %j, which it has no use for', async (change, message) => {
    const error = await errorOf(() => resolveConfig({ runDir: '/runs/a', ...change }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });

  test.each<Partial<TrainConfig>>([
    { capacity: 5, warmUpEpochs: 2 },
    { betaSchedule: 'warm-up', warmUpEpochs: 2 },
    { engine: 'onnx', backend: 'auto' },
    { family: 'vq-vae', sigma: 0.2, channels: [8], architecture: 'resnet', blocks: 2 },
    { codes: undefined },
    { family: 'iwae', bound: 'piwae', groups: 3, gradient: 'dreg' },
    { timeBudget: '1h30m' },
    { lowerLatentSize: 8, gradient: 'stl' },
    { family: 'iwae', samples: 3, lowerLatentSize: 8, upperHiddenSizes: [] },
  ])('takes %j', (change) => {
    expect(resolveConfig({ runDir: '/runs/a', ...change })).toMatchObject(
      Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
    );
  });
});

describe('the table of settings', () => {
  const rows = SETTING_GROUPS.flatMap(({ table }) =>
    Object.entries(table).map(([key, row]) => ({
      key,
      row,
      table: table === DATA_SETTINGS ? table : (SETTINGS as Table),
    })),
  );

  test('has each flag and name once', () => {
    for (const part of ['flag', 'name'] as const) {
      const all = rows.map(({ row }) => row[part]);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test('makes a setting depend on settings above it alone, and on values that they have', () => {
    for (const { key, row, table } of rows) {
      // What is no row: the name of the data, and what items are at hand.
      const keys = ['data', 'items', ...Object.keys(table)];
      const when = (row.unless ?? []).map((exception) => exception.when);
      for (const condition of [...when, ...(row.uses ?? [])]) {
        for (const [other, values] of Object.entries(condition)) {
          expect(keys.indexOf(other)).toBeGreaterThanOrEqual(0);
          if (when.includes(condition)) expect(keys.indexOf(other)).toBeLessThan(keys.indexOf(key));
          if (values === 'given' || values === 'absent') continue;
          if (other === 'items') {
            expect(condition).toBe(IN_A_ROW);
            continue;
          }
          for (const value of values)
            expect((other === 'data' ? DATA_SETTINGS.name : table[other])?.domain.names).toContain(
              value,
            );
        }
      }
    }
  });

  test('has standards within their own domains', () => {
    for (const { row } of rows) {
      for (const value of [row.standard, ...(row.unless ?? []).map(({ standard }) => standard)]) {
        if (value !== undefined && typeof value !== 'function') row.domain.check(row.name, value);
      }
    }
  });
});

test.each([
  [[1, 12, 1], 'none'],
  [[12, 1, 1], 'none'],
  [[1, 1, 12], 'none'],
  [[4, 3, 1], 'flip,shift=2'],
] as const)('items of %j are augmented by default: %s', (itemShape, augment) => {
  const data = datasetOf({ images: new Float32Array(4 * 12).fill(0.5), itemShape });
  const config = resolveConfig({ runDir: 'run', data });
  expect(config.augment).toBe(augment);
  expect(resolveConfig({ runDir: 'run', data, augment: 'flip' }).augment).toBe('flip');
  // The card says it, since the shape is not among the settings.
  const command = trainCommand(config, { engine: 'onnx' });
  expect(command.includes('augment: "none"')).toBe(augment === 'none');
});
