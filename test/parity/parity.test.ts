import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadCard } from '@latentkit/node';
import { inEveryBrowser } from '../browser/every-browser.ts';
import { sharedPage } from '../browser/shared-page.ts';
import { withLibrary } from '../browser/with-library.ts';
import { someOf } from '../setup/tier.ts';
import { errorsOf } from './compare.ts';
import { expectParity, TOLERANCE } from './expect-parity.ts';
import { MODEL_NAMES, MODELS, ONE_A_KIND, readModel } from './golden.ts';
import { inNodeWasm } from './node-wasm.ts';
import { inNode, inPage } from './runtimes.ts';

/**
 * The exported models give, on every runtime, what tfjs gave when they were exported: on ordinary,
 * zero and extreme rows, at batch 1, 2, 3 and all.
 */

test('there are models of every kind to compare', async () => {
  expect(MODEL_NAMES).toContain('mnist-vae');
  const cards = await Promise.all(ONE_A_KIND.map((name) => loadCard(join(MODELS, name))));
  expect(new Set(cards.map(({ latent }) => latent.kind))).toEqual(
    new Set(['gaussian', 'point', 'flow', 'ladder', 'codes']),
  );
  expect(cards.some(({ condition }) => condition !== undefined)).toBe(true);
});

describe.each(MODEL_NAMES)('%s', (folder) => {
  const model = join(MODELS, folder);

  test('has ordinary, zero and extreme rows, at batch 1, 2, an odd one and all', async () => {
    const { graphs, card } = await readModel(model);
    expect(graphs.map(({ name }) => name)).toEqual(expect.arrayContaining(['encoder', 'decoder']));
    for (const { cases } of graphs) {
      const batches = cases.map(({ feeds }) => Object.values(feeds)[0]?.dims[0] ?? 0);
      expect(batches).toEqual(expect.arrayContaining([1, 2, 3]));
    }
    const x = graphs
      .find(({ name }) => name === 'encoder')!
      .cases.filter(({ batch }) => batch === 1)
      .map(({ feeds }) => feeds['x']!.data);
    for (const extreme of card.item.range) {
      expect(x.some((row) => row.every((value) => value === extreme))).toBe(true);
    }
  });

  test.each(['disabled', 'all'] as const)('onnxruntime-node, optimisation %s', async (level) => {
    await expectParity(model, inNode(level), TOLERANCE.cpu);
  });

  test('WASM in Node', async () => {
    await expectParity(model, inNodeWasm, TOLERANCE.cpu);
  });
});

inEveryBrowser('all', (withLibrary) => {
  const page = sharedPage(withLibrary);

  test.each(MODEL_NAMES)('%s on WASM', async (name) => {
    await expectParity(join(MODELS, name), inPage(page(), 'wasm'), TOLERANCE.cpu);
  });
});

describe('in Chromium', () => {
  const page = sharedPage(withLibrary);

  // In software a GPU takes seconds for a graph.
  const quick = ['strokes-ae', 'strokes-cvae', 'strokes-hierarchical'];
  test.each(
    // The other kinds are in test/families, on networks that take less.
    someOf('kinds on WebGPU', ONE_A_KIND, (name) => quick.includes(name)),
  )('%s on WebGPU, as one of its kind', async (name) => {
    const model = join(MODELS, name);
    const { card } = await readModel(model);
    // Of codes, the indices are chosen on the processor.
    const wholly = card.latent.kind !== 'codes';
    await expectParity(model, inPage(page(), 'webgpu', wholly), TOLERANCE.webgpu);
  });
});

test('of mnist-vae every number but logits is within 1e-4 as it is', async () => {
  const { graphs } = await readModel(join(MODELS, 'mnist-vae'));
  for (const { cases, bytes } of graphs) {
    const feeds = cases.map((each) => each.feeds);
    const errors = errorsOf(cases, await inNode('all')(bytes, feeds));
    for (const [name, { maxAbs }] of Object.entries(errors)) {
      if (name !== 'logits') expect(maxAbs).toBeLessThanOrEqual(TOLERANCE.cpu);
    }
  }
});
