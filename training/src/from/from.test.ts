import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { datasetOf } from '@latentkit/data';
import { loadCard } from '@latentkit/node';
import { exportModel } from '../export/export-model.ts';
import { evaluate } from '../judge/evaluate.ts';
import { loadCheckpoint } from '../run/folder/checkpoint.ts';
import { resumeTraining, train } from '../run/train.ts';
import type { TrainConfig } from '../settings/config.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';

afterAll(removeTemporaryFolders);

const MODELS = resolve(__dirname, '../../../models');
const data = { name: 'strokes', trainCount: 40, testCount: 20, seed: 3 } as const;
const fineTune = (from: TrainConfig['from'], changes: Partial<TrainConfig> = {}) =>
  train({ runDir: temporaryFolder(), from, data, epochs: 1, ...changes });

describe('a run that goes on from a model', () => {
  // The plain ones are gone on from below.
  test.each(['cvae', 'flow', 'hierarchical', 'vq-vae'])(
    'starts where %s was',
    async (family) => {
      const folder = join(MODELS, `strokes-${family}`);
      const { history, config } = await fineTune(folder, { learningRate: 1e-9 });
      const before = await evaluate(folder, { data });
      const after = history[0]?.test;
      // A codebook moves by its averages, whatever the rate.
      const slack = family === 'vq-vae' ? 1e-2 : 1e-3;
      for (const term of ['reconstruction', 'kl'] as const) {
        expect(Math.abs((after?.[term] as number) - before[term])).toBeLessThan(
          slack * Math.abs(before[term]),
        );
      }
      const card = await loadCard(folder);
      expect(config).toMatchObject({ family: card.family, batchSize: 64, rateSchedule: 'cosine' });
    },
    60_000,
  );

  test('learns from other data, says so on its card, and is gone on from in its turn', async () => {
    const folder = join(MODELS, 'strokes-vae');
    const first = await fineTune(folder, { learningRate: 0.003, epochs: 2, batchSize: 10 });
    const outDir = join(temporaryFolder(), 'tuned');
    const { card } = await exportModel({ runDir: first.runDir, outDir, evaluate: false });
    const base = await loadCard(folder);
    expect(card.provenance.from).toEqual({
      name: base.name,
      sha256: base.graphs.encoder.files.fp32.sha256,
    });
    expect(card.provenance.command).toContain(`latentkit train --from ${base.name} --data strokes`);
    expect(card.provenance.command).toContain('--learning-rate 0.003');
    const second = await fineTune(outDir, { learningRate: 1e-9 });
    expect(second.config).toMatchObject({ latentSize: 10, hiddenSizes: [128], epochs: 1 });
    expect(second.config.batchSize).toBe(10);
    const [before, after] = [first.history[1], second.history[0]].map(
      (e) => e?.test.loss as number,
    );
    expect(after).toBeCloseTo(before as number, 1);
    expect((await evaluate(folder, { data })).loss).not.toBeCloseTo(before as number, 1);
  });

  test('is resumed like any other, from its own weights, and stays what it is', async () => {
    const folder = join(MODELS, 'strokes-vae');
    const whole = await fineTune(folder, { epochs: 2 });
    const { runDir } = await fineTune(folder, { epochs: 2 });
    expect((await loadCheckpoint(runDir)).from?.name).toBe('strokes-vae');
    const more = await resumeTraining({ runDir, epochs: 3 });
    expect(more.history.slice(0, 2)).toEqual(whole.history);
    expect(more.engine.reason).toMatch(/^as the run began/);
    expect((await loadCheckpoint(runDir)).from?.name).toBe('strokes-vae');
  });

  test('of two stochastic layers has the sizes that the command says, or leaves at the standard', async () => {
    const first = await train({
      ...{ runDir: temporaryFolder(), data, epochs: 1, family: 'iwae', samples: 2 },
      ...{ lowerLatentSize: 6, hiddenSizes: [16] },
    });
    const outDir = join(temporaryFolder(), 'layers');
    const { card } = await exportModel({ runDir: first.runDir, outDir, evaluate: false });
    expect(card.latent).toEqual({ kind: 'flow', size: 26, flow: 'coupling', steps: 2 });
    expect(card.description).toContain(
      'An importance-weighted autoencoder of two stochastic layers whose latent has 26 dimensions, 2 coupling ' +
        'steps. Fully connected, 784-16-6-100-100-20; the decoder mirrors it.',
    );
    const second = await fineTune(outDir, { learningRate: 1e-9 });
    expect(second.config).toMatchObject({ latentSize: 20, lowerLatentSize: 6, samples: 2 });
    const [before, after] = [first.history[0], second.history[0]].map((e) => e?.test.loss);
    expect(Math.abs((after as number) - (before as number))).toBeLessThan(0.05);
    const { message } = await errorOf(() => fineTune(outDir, { lowerLatentSize: 7 }));
    expect(message).toMatch(/lower latent size: expected 6, as strokes-iwae has/);
  });

  test('with levels on a grid has them from the command, and the others from its card', async () => {
    const first = await train({
      ...{ runDir: temporaryFolder(), data, epochs: 1, family: 'hierarchical' },
      ...{ architecture: 'conv', channels: [4, 6], hiddenSizes: [16], gridLevels: [2, 1] },
    });
    const outDir = join(temporaryFolder(), 'grid');
    const { card } = await exportModel({ runDir: first.runDir, outDir, evaluate: false });
    // The standard, 8, 16 and 32; and 7 × 7 cells.
    expect(card.latent).toEqual({ kind: 'ladder', size: 203, levels: [8, 16, 32, 98, 49] });
    expect(card.description).toContain(
      'Convolutions of 4, 6 channels, with 2 levels of 2, 1 channels on their grid, then 16 fully connected; the ' +
        'decoder mirrors them.',
    );
    const second = await fineTune(outDir, { learningRate: 1e-9 });
    expect(second.config).toMatchObject({ levels: [8, 16, 32], gridLevels: [2, 1] });
    const [before, after] = [first.history[0], second.history[0]].map((e) => e?.test.loss);
    expect(Math.abs((after as number) - (before as number))).toBeLessThan(0.05);
    const { message } = await errorOf(() => fineTune(outDir, { gridLevels: [2] }));
    expect(message).toMatch(/grid levels: expected 2,1, as strokes-hierarchical has/);
  });

  test('learns a σ again that was learned, from where it was, and keeps one that was given', async () => {
    const images = new Float32Array(60 * 64).map((_, i) => ((i * i) % 7) / 7);
    const own = datasetOf({ images, itemShape: [8, 8, 1] });
    const small = { architecture: 'mlp', hiddenSizes: [8], latentSize: 2 } as const;
    const trained = async (settings: Partial<TrainConfig>) => {
      const { runDir, config } = await train({
        ...{ runDir: temporaryFolder(), data: own, epochs: 1, rateWarmUp: 0, ...settings },
      });
      const outDir = join(temporaryFolder(), 'model');
      const { card } = await exportModel({ runDir, outDir, dataset: own, evaluate: false });
      return { outDir, config, card, sigma: (card.likelihood as { sigma: number }).sigma };
    };
    const first = await trained(small);
    expect(first.card.provenance.command).not.toContain('sigma');
    expect(first.sigma).not.toBeCloseTo(1, 3);
    const again = await trained({ from: first.outDir, learningRate: 1e-9 });
    expect(again.config.sigma).toBe('learned');
    expect(again.sigma).toBeCloseTo(first.sigma, 5);
    expect(again.card.provenance.command).toContain('sigma: "learned"');
    const fixed = await trained({ from: again.outDir, sigma: 0.3 });
    expect(fixed.config.sigma).toBe(0.3);
    expect((await trained({ from: fixed.outDir })).config.sigma).toBe(0.3);
  });

  test.each<[string, readonly [number, number, number], Partial<TrainConfig>]>([
    ['mlp', [8, 8, 1], { architecture: 'mlp' }],
    ['mlp of one value', [1, 1, 1], { architecture: 'mlp' }],
    ['flow', [8, 8, 1], { architecture: 'mlp', family: 'flow' }],
    ['conv', [8, 8, 1], { architecture: 'conv', channels: [4] }],
  ])('goes on where the mean item is the same everywhere: %s', async (_, itemShape, settings) => {
    const size = itemShape.reduce((product, side) => product * side, 1);
    const images = Uint8Array.from({ length: 80 * size }, (_, i) => Math.floor(i / size) * 37);
    const own = datasetOf({ images, itemShape });
    const small = { epochs: 1, hiddenSizes: [6], latentSize: 2, rateWarmUp: 0, data: own };
    const first = await train({ runDir: temporaryFolder(), ...small, ...settings });
    const outDir = join(temporaryFolder(), 'model');
    await exportModel({ runDir: first.runDir, outDir, dataset: own, evaluate: false });
    const { history } = await fineTune(outDir, { data: own, learningRate: 1e-9 });
    const [before, after] = [first.history, history].map(([epoch]) => epoch?.test.loss as number);
    expect(after).toBeCloseTo(before as number, 3);
  });

  test.each<[string, Partial<TrainConfig>]>([
    ['vae', { architecture: 'conv', latentSize: 2 }],
    ['vq-vae', { architecture: 'conv', codes: 4, codeSize: 2 }],
  ])(
    'goes on with a %s of which no step was trained: its biases are zero',
    async (family, more) => {
      const images = Uint8Array.from({ length: 80 * 64 }, (_, i) => i * i);
      const own = datasetOf({ images, itemShape: [8, 8, 1] });
      const stop = new AbortController();
      const { runDir } = await train(
        {
          ...{ runDir: temporaryFolder(), data: own, epochs: 1, channels: [4], ...more },
          family: family as 'vae',
        },
        { signal: stop.signal, onEvent: ({ type }) => type === 'start' && stop.abort() },
      );
      const outDir = join(temporaryFolder(), 'model');
      await exportModel({ runDir, outDir, dataset: own, evaluate: false });
      expect((await fineTune(outDir, { data: own })).history).toHaveLength(1);
    },
  );

  test('reads it from a URL', async () => {
    const folder = join(MODELS, 'strokes-ae');
    const server = createServer(({ url = '' }, response) =>
      response.end(readFileSync(join(folder, basename(url)))),
    ).listen(0, '127.0.0.1');
    try {
      await new Promise((done) => server.once('listening', done));
      const { port } = server.address() as AddressInfo;
      const { config } = await fineTune(`http://127.0.0.1:${port}/strokes-ae`);
      expect(config.family).toBe('ae');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('what does not fit the model is refused', () => {
  const vae = join(MODELS, 'strokes-vae');

  test.each<[Partial<TrainConfig>, RegExp]>([
    [{ data: undefined }, /data: expected the data to go on with/],
    [{ latentSize: 4 }, /latent size: expected 10, as strokes-vae has, .* received 4/],
    [{ family: 'flow' }, /family: expected vae, as strokes-vae has/],
    [{ lowerLatentSize: 4 }, /lower latent size: expected none, as strokes-vae has/],
    [{ architecture: 'conv' }, /architecture: expected mlp/],
    [{ hiddenSizes: [64] }, /hidden layers: expected 128/],
    [{ activation: 'tanh' }, /activation: expected relu/],
    [{ codes: 9 }, /codes: expected none with family vae/],
  ])('%j', async (change, message) => {
    const error = await errorOf(() => fineTune(vae, change));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
  });

  test('a family of the same networks goes on', async () => {
    const { config } = await fineTune(vae, { family: 'iwae', samples: 2 });
    expect(config).toMatchObject({ family: 'iwae', samples: 2, latentSize: 10 });
  });

  test('items of another shape', async () => {
    const images = new Float32Array(20 * 64).map((_, i) => (i % 7) / 7);
    const own = datasetOf({ images, itemShape: [8, 8, 1] });
    const error = await errorOf(() => fineTune(vae, { data: own }));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(/takes items of 28 × 28 × 1, and these are of 8 × 8 × 1/);
  });

  test('classes of other names, or in another order', async () => {
    const images = new Uint8Array(40 * 64).map((_, i) => i * i);
    const named = (...names: readonly string[]) =>
      datasetOf({
        ...{ images, itemShape: [8, 8, 1], name: 'shades' },
        labels: Array.from({ length: 40 }, (_, i) => names[i % names.length] as string),
      });
    const shades = named('black', 'white');
    const small = { architecture: 'mlp', family: 'cvae', hiddenSizes: [6], latentSize: 2 } as const;
    const { runDir } = await fineTune(undefined, { ...small, data: shades });
    const outDir = join(temporaryFolder(), 'model');
    await exportModel({ runDir, outDir, dataset: shades, evaluate: false });
    const others = named('a-black', 'white2');
    const turned = { ...shades, labelNames: ['white', 'black'] };
    for (const [data, words] of [
      [others, "'black', 'white', in this order, and those of the data are 'a-black', 'white2'."],
      [turned, "'black', 'white', in this order, and those of the data are 'white', 'black'."],
    ] as const) {
      const error = await errorOf(() => fineTune(outDir, { data }));
      expect(error.code).toBe('invalid-data');
      expect(error.message).toContain(words);
    }
    expect((await fineTune(outDir, { data: named('black', 'white') })).history).toHaveLength(1);
  });

  test('a card whose words do not fit its graphs', async () => {
    const folder = join(temporaryFolder(), 'model');
    cpSync(vae, folder, { recursive: true });
    const path = join(folder, 'model.json');
    const card = readFileSync(path, 'utf8');
    const wrong = async (from: string, to: string) => {
      writeFileSync(path, card.replace(from, to));
      return errorOf(() => fineTune(folder));
    };
    const sizes = await wrong('--hidden 128', '--hidden 64');
    expect(sizes.code).toBe('invalid-data');
    expect(sizes.message).toMatch(
      /do not hold the weights .* encoder\/hidden_1\/kernel \[784,64\]/,
    );
    const slope = await wrong('--hidden 128', '--hidden 128 --activation tanh');
    expect(slope.code).toBe('invalid-data');
    expect(slope.message).toMatch(/does not compute what strokes-vae does \(encoder\)/);
  });
});
