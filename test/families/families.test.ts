import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphCard, hasPrior, parseCard, wholeCard } from '@latentkit/core';
import * as node from '@latentkit/node';
import { loadDataset, readItems } from '@latentkit/training';
import { drawPictures } from '../../packages/cli/src/report/pictures.ts';
import { withLibrary } from '../browser/with-library.ts';
import { expectGolden, expectParity, TOLERANCE } from '../parity/expect-parity.ts';
import { inNode, inPage } from '../parity/runtimes.ts';
import { someOf } from '../setup/tier.ts';
import { FAMILY_SETUPS, type FamilySetup } from './family-setups.ts';
import { trainFamily, trainOnStrokes } from './train-family.ts';
import { type Library, type Use, type UseOptions, useModel, type Values } from './use-model.ts';

/**
 * Every family, from training to use: the loss falls, the exported graphs do on every runtime what
 * tfjs did, and the typed API does the same in Node and in a browser.
 */

const NAMES = Object.keys(FAMILY_SETUPS);

/** In pages, where most of the time goes: each kind of latent, and layers of both sorts on a GPU in software. */
const IN_PAGES = {
  wasm: someOf('families in Chromium on wasm', NAMES, (name) =>
    ['ae', 'cvae', 'hierarchical', 'flow, iaf', 'vq-vae'].includes(name),
  ),
  webgpu: someOf('families in Chromium on webgpu', NAMES, (name) =>
    ['vae, conv', 'flow, planar'].includes(name),
  ),
};
const setupOf = (name: string) => FAMILY_SETUPS[name] as FamilySetup;

async function cardOf(name: string) {
  const { folder } = await trainFamily(name);
  return wholeCard(parseCard(await readFile(join(folder, 'model.json'), 'utf8')));
}

/** Three strokes that no model was trained on, and their labels where the model wants them. */
async function usage(name: string): Promise<Pick<UseOptions, 'items' | 'labels'>> {
  const { test } = await loadDataset({ name: 'strokes', trainCount: 1, testCount: 3, seed: 5 });
  const conditional = (await cardOf(name)).condition !== undefined;
  return { items: [...readItems(test)], labels: conditional ? [...test.labels] : undefined };
}

const uses = new Map<string, Promise<Use>>();

/** What the typed API gives in Node; once for each family. */
function useInNode(name: string): Promise<Use> {
  const use =
    uses.get(name) ??
    trainFamily(name).then(async ({ folder: source }) =>
      useModel(node as Library, { source, device: 'cpu', strict: true, ...(await usage(name)) }),
    );
  uses.set(name, use);
  return use;
}

function largestDifference(a: Values | undefined, b: Values | undefined): number {
  if (!a || !b || a.dims.join() !== b.dims.join()) return Number.NaN;
  return a.values.reduce(
    // Scaled as the size of a value beyond ±1. Once NaN, for ever NaN: Math.max passes it on.
    (most, value, i) =>
      Math.max(most, Math.abs(value - (b.values[i] as number)) / Math.max(1, Math.abs(value))),
    0,
  );
}

test('every family is here', () => {
  const families = NAMES.map((name) => setupOf(name).config.family);
  expect(new Set(families)).toEqual(new Set(node.FAMILIES));
});

test.each(NAMES)('%s: the report draws all that it can do', async (name) => {
  const { folder } = await trainFamily(name);
  const { test } = await loadDataset({ name: 'strokes', trainCount: 1, testCount: 5, seed: 5 });
  await using model = await node.loadAutoencoder(folder);
  const { latent } = model.card;
  const kls = 'levels' in latent || 'codes' in latent ? undefined : new Array(latent.size).fill(1);
  const pictures = await drawPictures(model, test, { seed: 1, columns: 3, klByDimension: kls });
  expect(pictures.map(({ file }) => file)).toEqual([
    'reconstructions.png',
    ...(hasPrior(model.card) ? ['samples.png'] : []),
    'interpolations.png',
    ...(kls ? ['traversals.png'] : []),
  ]);
  for (const { png, text, alt } of pictures) {
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(`${text} ${alt}`).not.toMatch(/undefined|NaN/);
  }
});

describe.each(NAMES)('%s', (name) => {
  const { falls, graphs, latent, size } = setupOf(name);

  test('the loss falls', async () => {
    const { history } = await trainFamily(name);
    const fall = (part: 'train' | 'test') =>
      (history[0]?.[part].loss as number) - (history.at(-1)?.[part].loss as number);
    expect(fall('train')).toBeGreaterThan(falls);
    expect(fall('test')).toBeGreaterThan(0);
  });

  test('the card names the graphs and the latent', async () => {
    const card = await cardOf(name);
    expect(card.family).toBe(setupOf(name).config.family);
    expect(card.latent).toMatchObject({ kind: latent, size });
    const names = (side: readonly { readonly name: string }[]) =>
      side.map(({ name }) => name).join(', ');
    const described = (Object.entries(card.graphs) as [string, GraphCard][]).map(
      ([graph, { inputs, outputs }]) => [graph, `${names(inputs)} → ${names(outputs)}`],
    );
    expect(Object.fromEntries(described)).toEqual(graphs);
  });

  test('ONNX Runtime in Node does what tfjs did', async () => {
    const { folder } = await trainFamily(name);
    await expectParity(folder, inNode('all'), TOLERANCE.cpu);
  });

  test('the typed API in Node', async () => {
    const { kind, results, refused } = await useInNode(name);
    expect(kind).toBe(latent);
    for (const { values } of Object.values(results)) {
      expect(values.every(Number.isFinite)).toBe(true);
    }
    const dims = Object.fromEntries(Object.entries(results).map(([key, { dims }]) => [key, dims]));
    const images = (count: number) => [count, 28, 28, 1];
    expect(dims).toMatchObject({
      ...latentDims(latent, size),
      embedding: [3, size],
      decoded: images(3),
      reconstruction: images(3),
      interpolation: images(4),
      'score elbo': [3],
      'score reconstruction': [3],
      'score kl': [3],
      ...(latent === 'point' ? {} : { sample: images(2) }),
    });
    const { values: means } = results['reconstruction'] as Values;
    // The mean of a Gaussian is not held to the range of the data.
    if ((await cardOf(name)).likelihood.kind !== 'gaussian') {
      expect(Math.min(...means)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...means)).toBeLessThanOrEqual(1);
    }
    expect(largestDifference(results['decoded'], results['reconstruction'])).toBeLessThan(1e-6);

    const conditional = setupOf(name).config.family === 'cvae';
    expect(refused).toEqual({
      ...(latent === 'point'
        ? {
            sample: 'invalid-argument',
            'sample again': 'invalid-argument',
            'another label': 'invalid-argument',
          }
        : {}),
      ...(conditional ? { 'no label': 'invalid-input' } : {}),
      'after dispose': 'disposed',
    });
    if (latent === 'point') return;
    expect(results['sample again']).toEqual(results['sample']);
    // The label is all that these two differ in.
    const change = largestDifference(results['another label'], results['sample']);
    if (conditional) expect(change).toBeGreaterThan(0.05);
    else expect(change).toBe(0);
    if (results['the same seed']) expect(results['the same seed']).toEqual(results['latent z']);
    if (latent === 'flow' || latent === 'ladder') {
      expect(largestDifference(results['latent z'], results['embedding'])).toBeGreaterThan(0.01);
    }
  });
});

/** The tensors of a latent by name, of three items. */
function latentDims(kind: FamilySetup['latent'], size: number): Record<string, number[]> {
  const rows = [3, size];
  switch (kind) {
    case 'gaussian':
      return { 'latent mean': rows, 'latent logVar': rows, draw: rows };
    case 'point':
      return { 'latent z': rows };
    case 'flow':
      return { 'latent z': rows, 'latent logQ': [3], 'latent mean': rows, 'latent logVar': rows };
    case 'ladder':
      return { 'latent z': rows, 'latent kl': [3, 3] };
    case 'codes':
      return { 'latent indices': [3, 7, 7], 'latent zE': [3, 7, 7, 4] };
  }
}

describe.each(['wasm', 'webgpu'] as const)('in Chromium on %s', (device) => {
  const names = IN_PAGES[device];
  const tolerance = device === 'wasm' ? TOLERANCE.cpu : TOLERANCE.webgpu;
  const found = new Map<string, Promise<Use>>();

  // One page for all families: opening a page takes longer than what is done in it.
  beforeAll(async () => {
    const folders = await Promise.all(names.map(async (name) => (await trainFamily(name)).folder));
    const mounts = Object.fromEntries(folders.map((folder, i) => [`/models/${i}/`, folder]));
    await withLibrary(
      async (context) => {
        for (const [i, name] of names.entries()) {
          const { partlyOnProcessor = false } = setupOf(name);
          const strict = device === 'wasm' || !partlyOnProcessor;
          const options = { source: `models/${i}`, device, strict, ...(await usage(name)) };
          const run = inPage(context, device, strict);
          const use = expectGolden(folders[i] as string, run, tolerance).then(() =>
            context.page.evaluate<Use>(`(${useModel})(lk, ${JSON.stringify(options)})`),
          );
          found.set(name, use);
          // Its own test tells of a failure.
          await use.catch(() => undefined);
        }
      },
      { mounts },
    );
  }, 600_000);

  test.each(names)('%s does what tfjs did, and what Node does', async (name) => {
    const inPage = (await found.get(name)) as Use;
    const expected = await useInNode(name);
    expect(inPage.device).toBe(device);
    const { partlyOnProcessor = false } = setupOf(name);
    if (device === 'webgpu') {
      expect(inPage.reason).toMatch(
        partlyOnProcessor ? /some nodes/ : /every node runs on the GPU/,
      );
    }
    expect({ kind: inPage.kind, refused: inPage.refused }).toEqual({
      kind: expected.kind,
      refused: expected.refused,
    });
    expect(inPage.results['prior']).toEqual(expected.results['prior']);
    const outputs = Object.keys(expected.results);
    expect(Object.keys(inPage.results)).toEqual(outputs);
    const differences = outputs.map((key) => ({
      key,
      difference: largestDifference(expected.results[key], inPage.results[key]),
    }));
    expect(differences.filter(({ difference }) => !(difference <= tolerance))).toEqual([]);
  });
});

test('a model that hardly learns does not pass for one that does', async () => {
  const { history } = await trainOnStrokes({ family: 'vae', learningRate: 1e-7 });
  const fall = (history[0]?.train.loss as number) - (history.at(-1)?.train.loss as number);
  expect(fall).toBeLessThan(10);
});
