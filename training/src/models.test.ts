import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type GoldenGraph, type GraphCard, type GraphName, parseCard } from '@latentkit/core';
import { loadGolden } from '@latentkit/node';
import { makeReadme } from './export/make-readme.ts';
import type { TrainingCurve } from './export/training-curve.ts';
import { HALF_LIMITS, verifyGraph } from './export/verify.ts';

/** The models in the repository; `npm run check:models` computes their figures again, given the data. */
const MODELS = join(__dirname, '..', '..', 'models');

/** What the graphs of a model may come to in all, unless they are offered in half precision. */
const LARGEST = 3e6;

const cardOf = (folder: string) => parseCard(readFileSync(join(folder, 'model.json'), 'utf8'));

/** An export that is being written has a name that begins with a dot. */
const NAMES = readdirSync(MODELS).filter((name) => !name.startsWith('.'));

describe.each(NAMES)('models/%s', (name) => {
  const folder = join(MODELS, name);
  const card = cardOf(folder);
  const graphs = Object.entries(card.graphs) as [GraphName, GraphCard][];

  test('has a card that says how it was made and measured, and a README made from it', () => {
    expect(card.name).toBe(name);
    expect(card.provenance.command).toMatch(/^latentkit train .*--epochs \d+ --seed \d+/);
    expect(card.metrics.map((metric) => metric.name)).toContain('test loss');
    for (const { split } of card.metrics) expect(split).toBe('test');
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(makeReadme(card));
  });

  test('is small, or offered in half precision', () => {
    const bytes = graphs.reduce((sum, [, { files }]) => sum + files.fp32.bytes, 0);
    const whole = graphs.filter(([, { files }]) => files.fp16 === undefined).map(([name]) => name);
    expect({ bytes, whole: bytes <= LARGEST ? [] : whole }).toEqual({ bytes, whole: [] });
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
      const limits = precision === 'fp32' ? undefined : HALF_LIMITS;
      await verifyGraph(graph, bytes, known, limits);
    }
  });
});

test('models/mnist-vae has a grey test loss of at most 105.6 nats after 10 epochs', () => {
  const card = cardOf(join(MODELS, 'mnist-vae'));
  const loss = card.metrics.find(({ name }) => name === 'test loss');
  expect(loss).toMatchObject({ split: 'test', count: 10_000, unit: 'nats per item' });
  expect(loss?.value).toBeLessThanOrEqual(105.6);
  expect(loss?.protocol).toMatch(/grey: cross-entropy.*plus KL.*10,000 test items of mnist/);
  expect(card.provenance).toMatchObject({ dataset: 'mnist', epochs: 10 });
});
