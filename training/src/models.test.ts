import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type GoldenGraph,
  type GraphCard,
  type GraphName,
  parseCard,
  wholeCard,
} from '@latentkit/core';
import { loadGolden } from '@latentkit/node';
import { makeReadme } from './export/make-readme.ts';
import type { TrainingCurve } from './export/training-curve.ts';
import { type VariantPrecision, variantLimits } from './graphs/variants.ts';
import { verifyGraph } from './graphs/verify.ts';

/** The models in the repository; `npm run check:models` computes their figures again, given the data. */
const MODELS = join(__dirname, '..', '..', 'models');

/** What the graphs of a model may come to in all, unless they are offered in half precision. */
const LARGEST = 3e6;
/** What all models together may come to: whoever clones the repository fetches them. */
const LARGEST_OF_ALL = 10e6;

const cardOf = (folder: string) => parseCard(readFileSync(join(folder, 'model.json'), 'utf8'));

/** An export that is being written has a name that begins with a dot. */
const NAMES = readdirSync(MODELS).filter((name) => !name.startsWith('.'));

describe.each(NAMES)('models/%s', (name) => {
  const folder = join(MODELS, name);
  const card = cardOf(folder);
  const graphs = Object.entries(card.graphs) as [GraphName, GraphCard][];

  test('has a card that says how it was made and measured, and a README made from it', () => {
    expect(card.name).toBe(name);
    const { command, epochs, seed } = card.provenance;
    expect(command?.split(/ (?=--)/)).toEqual(
      expect.arrayContaining(['latentkit train', `--epochs ${epochs}`, `--seed ${seed}`]),
    );
    expect(card.metrics.map((metric) => metric.name)).toContain('test loss');
    for (const { split } of card.metrics) expect(split).toBe('test');
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(makeReadme(wholeCard(card)));
  });

  test('has graphs of 3 MB at most, or every one of them in half precision too', () => {
    const bytes = graphs.reduce((sum, [, { files }]) => sum + files.fp32.bytes, 0);
    const inFullAlone = graphs.filter(([, { files }]) => !files.fp16).map(([name]) => name);
    if (bytes > LARGEST) expect(inFullAlone).toEqual([]);
    else expect(bytes).toBeGreaterThan(0);
  });

  test('has in its folder what its card names, a README, what was measured of it, and nothing else', () => {
    const named = graphs.flatMap(([, { files }]) =>
      Object.values(files).flatMap((file) => (file ? [file.file] : [])),
    );
    const others = [
      card.golden?.file,
      card.training?.file,
      'model.json',
      'README.md',
      'check.json',
    ];
    expect(readdirSync(folder).sort()).toEqual([...named, ...others].sort());
  });

  test('has the curve of its whole training', () => {
    const { file } = card.training as NonNullable<typeof card.training>;
    const { epochs } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TrainingCurve;
    const numbers = Array.from({ length: card.provenance.epochs }, (_, i) => i + 1);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(numbers);
  });

  test.each(graphs)('the %s is the file on the card and does what tfjs did', async (graph, of) => {
    const known = (await loadGolden(folder)).graphs[graph] as GoldenGraph;
    for (const [precision, file] of Object.entries(of.files)) {
      if (!file) continue;
      const bytes = readFileSync(join(folder, file.file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
      const limits =
        precision === 'fp32' ? undefined : variantLimits(precision as VariantPrecision);
      await verifyGraph(graph, bytes, known, limits);
    }
  });
});

test('all models together are at most 10 MB, and there is one of each kind of latent', () => {
  const cards = NAMES.map((name) => cardOf(join(MODELS, name)));
  expect(new Set(cards.map(({ latent }) => latent.kind))).toEqual(
    new Set(['gaussian', 'point', 'flow', 'ladder', 'codes']),
  );
  expect(cards.some(({ condition }) => condition)).toBe(true);
  const bytes = NAMES.flatMap((name) =>
    readdirSync(join(MODELS, name)).map((file) => statSync(join(MODELS, name, file)).size),
  );
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(LARGEST_OF_ALL);
});

test('models/mnist-vae has a grey test loss of at most 105.6 nats after 10 epochs', () => {
  const card = cardOf(join(MODELS, 'mnist-vae'));
  const loss = card.metrics.find(({ name }) => name === 'test loss');
  expect(loss).toMatchObject({ split: 'test', count: 10_000, unit: 'nats per item' });
  expect(loss?.value).toBeLessThanOrEqual(105.6);
  expect(loss?.protocol).toMatch(/grey: cross-entropy.*plus KL.*10,000 test items of mnist/);
  expect(card.provenance).toMatchObject({ dataset: 'mnist', epochs: 10 });
});
