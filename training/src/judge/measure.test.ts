import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeStrokes } from '@latentkit/data';
import { codeOf, errorOf, removeTemporaryFolders } from '../testing.ts';
import { type MeasureOptions, measureModel } from './measure.ts';
import { codesModel, datasetOf, linearModel, normalRows, pointModel } from './testing.ts';

afterAll(removeTemporaryFolders);

const strokes = makeStrokes(1, 60, 1);
const digitModel = (labels?: readonly string[]) =>
  linearModel({
    itemSize: 784,
    latentSize: 2,
    mean: { weights: Array.from(normalRows(784, 2, 1, 0.1)), bias: [0, 0] },
    logVar: [0, 0],
    decoder: {
      weights: Array.from(normalRows(2 + (labels?.length ?? 0), 784, 1)),
      bias: new Array(784).fill(0),
    },
    likelihood: { kind: 'bernoulli' },
    ...(labels ? { labels } : {}),
    image: true,
  });

const namesOf = async (folder: string, options: MeasureOptions) =>
  (await measureModel(folder, options)).metrics.map(({ name }) => name);

const ELBO = ['negative ELBO', 'reconstruction', 'KL'];
const ERRORS = ['reconstruction MSE', 'reconstruction MAE'];
const USE = ['active units', 'mutual information', 'aggregate KL'];

describe('measureModel', () => {
  test.each([{ name: 'strokes' }, 'strokes', undefined])(
    'refuses what is no data set, such as the settings of one: %j',
    async (data) => {
      const measured = measureModel(digitModel(), { data: data as never });
      await expect(measured).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/^data: expected a data set, as loadDataset gives it, /),
      });
    },
  );

  test('measures what applies to the kind of model and the data', async () => {
    const labels = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    const factors = ['MIG', 'DCI disentanglement'];
    expect(await namesOf(digitModel(), { data: strokes })).toEqual([
      ...ELBO,
      ...ERRORS,
      ...USE,
      'Fréchet distance',
      ...factors,
    ]);
    expect(await namesOf(digitModel(labels), { data: strokes })).toEqual([
      ...ELBO,
      ...ERRORS,
      ...USE,
      'Fréchet distance',
      'recognised samples',
      ...factors,
    ]);
    const grids = datasetOf(Float32Array.of(0, 1, 2, 3), 4);
    expect(await namesOf(codesModel(4), { data: grids })).toEqual([
      ...ELBO,
      ...ERRORS,
      'codebook perplexity',
      'dead codes',
    ]);
    expect(await namesOf(pointModel(4), { data: grids })).toEqual([...ERRORS, 'active units']);
  });

  test('takes the groups that it is given, and says which one is on', async () => {
    const began: string[] = [];
    const { metrics, diagnostics } = await measureModel(digitModel(), {
      data: strokes,
      which: ['nll', 'elbo', 'anomaly'],
      items: 40,
      binarisation: 'dynamic',
      elboSamples: 10,
      importanceSamples: 200,
      anomaly: 3,
      onMeasure: (measure) => began.push(measure),
    });
    expect(began).toEqual(['elbo', 'nll', 'anomaly']);
    expect(diagnostics).toBeUndefined();
    const [elbo, , , nll, anomaly] = metrics;
    expect(nll?.name).toBe('NLL');
    expect(nll?.value).toBeLessThan(elbo?.value as number);
    expect(anomaly?.name).toBe('anomaly AUROC, class 3');
    for (const { protocol, count } of metrics) {
      expect(protocol).toContain(
        'the first 40 test items of strokes, binarised dynamically (drawn once)',
      );
      expect(count).toBe(40);
    }
  });

  test('warns of an anomaly that the model saw, and takes the one that the card names', async () => {
    const seen = digitModel();
    const options = { data: strokes, which: ['anomaly'] } as const;
    const warned = await measureModel(seen, { ...options, anomaly: 3 });
    expect(warned.warnings).toEqual([expect.stringMatching(/class 3.*--leave-out 3/)]);

    const path = join(seen, 'model.json');
    const card = JSON.parse(readFileSync(path, 'utf8'));
    card.provenance.leftOut = ['3'];
    writeFileSync(path, JSON.stringify(card));
    const { metrics, warnings } = await measureModel(seen, options);
    expect(metrics.map(({ name }) => name)).toEqual(['anomaly AUROC, class 3']);
    expect(metrics).toEqual(warned.metrics);
    expect(warnings).toEqual([]);
    const other = await measureModel(seen, { ...options, anomaly: 4 });
    expect(other.warnings).toHaveLength(1);
    const labelNames = ['nought', ...strokes.labelNames.slice(1)];
    const named = { ...options, data: { ...strokes, labelNames } };
    const byName = await measureModel(seen, { ...named, anomaly: 'nought' });
    expect(byName.metrics.map(({ name }) => name)).toEqual(['anomaly AUROC, class 0']);
    expect(byName.warnings).toEqual([expect.stringMatching(/--leave-out nought/)]);
    expect(await codeOf(() => measureModel(seen, { ...named, anomaly: 'zero' }))).toBe(
      'invalid-argument',
    );
  });

  test('refuses groups that do not apply, and says which do', async () => {
    const data = datasetOf(normalRows(4, 4, 1), 4);
    const ask = (which: MeasureOptions['which']) => () =>
      measureModel(pointModel(4), { data, which });
    const { code, message } = await errorOf(ask(['reconstruction', 'nll']));
    expect(code).toBe('invalid-argument');
    expect(message).toMatch(/reconstruction, diagnostics/);
    expect(await codeOf(ask(['anomaly']))).toBe('invalid-argument');
    const wrong = () => measureModel(pointModel(3), { data });
    expect(await codeOf(wrong)).toBe('invalid-input');
    expect(await codeOf(() => measureModel('/nowhere', { data }))).toBe('not-found');
  });
});
