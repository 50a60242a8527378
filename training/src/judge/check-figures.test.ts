import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseCard, type WholeCard, wholeCard } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';
import { loadDataset } from '../data/load-dataset.ts';
import { exportModel } from '../export/export-model.ts';
import { recordMetrics } from '../export/record-metrics.ts';
import { train } from '../run/train.ts';
import { removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { type CheckedFigure, checkFigures } from './check-figures.ts';
import { measureModel } from './measure.ts';

describe('checkFigures', () => {
  let folder: string;
  let other: string;
  let data: Dataset;

  beforeAll(async () => {
    const { runDir, config } = await train(smallRun(temporaryFolder(), { epochs: 1 }));
    data = await loadDataset(config.data);
    folder = join(temporaryFolder(), 'model');
    await exportModel({ runDir, outDir: folder, dataset: data, fp16: true });
    const { metrics } = await measureModel(folder, { data });
    const nll = await measureModel(folder, { data, which: ['nll'], items: 2 });
    await recordMetrics(folder, [...metrics, ...nll.metrics]);
    const second = await train(smallRun(temporaryFolder(), { epochs: 1, seed: 2 }));
    other = join(temporaryFolder(), 'other');
    await exportModel({ runDir: second.runDir, outDir: other, dataset: data, evaluate: false });
  });
  afterAll(removeTemporaryFolders);

  const cardOf = (model: string): WholeCard =>
    wholeCard(parseCard(readFileSync(join(model, 'model.json'), 'utf8')));

  /** The names of the figures that differ on a copy of the model with another card. */
  async function differing(
    change: (card: WholeCard, copy: string) => WholeCard,
  ): Promise<string[]> {
    return (await findings(change)).map(({ name }) => name);
  }

  async function findings(
    change: (card: WholeCard, copy: string) => WholeCard,
  ): Promise<CheckedFigure[]> {
    const copy = temporaryFolder();
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, 'model.json'), JSON.stringify(change(cardOf(copy), copy)));
    const checked = await checkFigures(copy, { data });
    return checked.filter(({ verdict }) => verdict === 'differs');
  }

  const withFigure = (name: string, change: (metric: WholeCard['metrics'][number]) => object) =>
    findings((card) => ({
      ...card,
      metrics: card.metrics.map((metric) =>
        metric.name === name ? { ...metric, ...change(metric) } : metric,
      ),
    }));

  test('every figure of an export agrees, likelihoods by importance sampling only when asked for', async () => {
    const checked = await checkFigures(folder, { data });
    const names = checked.map(({ name }) => name);
    for (const name of [
      'test loss',
      'test loss, fp16',
      'reconstruction MSE',
      'Fréchet distance',
      'MIG',
    ]) {
      expect(names).toContain(name);
    }
    const skipped = { verdict: 'skipped', reason: 'takes minutes; ask for it with --nll' };
    for (const { name, verdict, reason } of checked) {
      expect({ name, verdict, reason }).toEqual({
        name,
        ...(name === 'NLL' ? skipped : { verdict: 'agrees' }),
      });
    }
    const all = await checkFigures(folder, { data, nll: true });
    expect(all.map(({ verdict }) => verdict)).toEqual(all.map(() => 'agrees'));
  });

  test.each(['test loss', 'test loss, fp16', 'reconstruction MSE', 'Fréchet distance', 'MIG'])(
    'a %s that is half a per cent too good is found out',
    async (name) => {
      const found = await withFigure(name, ({ value }) => ({ value: value * 0.995 }));
      expect(found).toMatchObject([
        { name, reason: expect.stringMatching(/^more than [\d.e-]+ apart$/) },
      ]);
    },
  );

  test('so are a figure under another protocol and one that nothing computes', async () => {
    const protocol = 'as seemed best';
    expect(await withFigure('test KL', () => ({ protocol }))).toMatchObject([
      { name: 'test KL', reason: expect.stringMatching(/^the protocol is now: KL/) },
    ]);
    expect(await withFigure('MIG', () => ({ count: 1 }))).toMatchObject([
      { name: 'MIG', reason: expect.stringMatching(/^the protocol is now: /) },
    ]);
    expect(await withFigure('MIG', () => ({ name: 'beauty' }))).toMatchObject([
      { name: 'beauty', reason: 'nothing computes such a figure from the files' },
    ]);
  });

  test('so are files of another model', async () => {
    const changed = await differing((card, copy) => {
      copyFileSync(join(other, 'decoder.onnx'), join(copy, 'decoder.onnx'));
      const { decoder } = cardOf(other).graphs;
      const files = { ...card.graphs.decoder.files, fp32: decoder.files.fp32 };
      return { ...card, graphs: { ...card.graphs, decoder: { ...card.graphs.decoder, files } } };
    });
    expect(changed).toContain('test loss');
    expect(changed).toContain('Fréchet distance');
    // The encoder, and the variant in half precision, are as they were.
    expect(changed).not.toContain('test KL');
    expect(changed).not.toContain('test loss, fp16');
  });
});
