import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders } from '../testing.ts';
import { anomalyAuroc, auroc } from './auroc.ts';
import { testItems } from './test-items.ts';
import { datasetOf, linearModel, normalRows, withModel } from './testing.ts';

afterAll(removeTemporaryFolders);

describe('auroc', () => {
  test('all above, all below, by chance, and between', () => {
    expect(auroc([1, 2, 3, 4], [0, 0, 1, 1])).toBe(1);
    expect(auroc([1, 2, 3, 4], [1, 1, 0, 0])).toBe(0);
    expect(auroc([7, 7, 7], [1, 0, 0])).toBe(0.5);
    // Of the six pairs, four are in order.
    expect(auroc([5, 1, 3, 2, 4], [true, false, false, true, false])).toBeCloseTo(4 / 6, 12);
    // Ties count half.
    expect(auroc([1, 2, 2, 3], [0, 1, 0, 1])).toBe(3.5 / 4);
  });

  test('needs both kinds, and numbers', async () => {
    const refusal = async (scores: number[], positive: number[]) =>
      (await errorOf(() => auroc(scores, positive))).message;
    const both = 'labels: expected at least one positive and one negative';
    expect(await refusal([1, 2], [1, 1])).toBe(`${both}, received '2 positive, 0 negative'.`);
    expect(await refusal([1, 2], [0, 0])).toBe(`${both}, received '0 positive, 2 negative'.`);
    expect(await refusal([], [])).toBe(`${both}, received '0 positive, 0 negative'.`);
    expect(await refusal([1, Number.NaN], [1, 0])).toBe('scores: expected numbers, received NaN.');
  });
});

test('anomalyAuroc: items that the model cannot explain score higher', async () => {
  const folder = linearModel({
    itemSize: 2,
    latentSize: 1,
    mean: { weights: [0.45, 0.45], bias: [0] },
    logVar: [-1],
    decoder: { weights: [1, 1], bias: [0, 0] },
    likelihood: { kind: 'gaussian', sigma: 0.5 },
  });
  // Class 0 lies near (a, a), which the model knows; class 1 near (a + 2, a − 2).
  const images = normalRows(200, 2, 1, 0.3);
  const along = normalRows(200, 1, 2);
  const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  for (let i = 0; i < 200; i++) {
    const off = 2 * (labels[i] as number);
    (images[2 * i] as number) += (along[i] as number) + off;
    (images[2 * i + 1] as number) += (along[i] as number) - off;
  }
  const items = testItems(datasetOf(images, 2, { labels }));
  const [[known, ...others], [swapped]] = await withModel(folder, async (model) => [
    await anomalyAuroc(model, items, { anomaly: 1 }),
    await anomalyAuroc(model, items, { anomaly: 0 }),
  ]);
  expect(others).toEqual([]);
  expect(known?.value).toBeGreaterThan(0.9);
  expect(swapped?.value).toBeCloseTo(1 - (known?.value as number), 2);
  expect(known).toMatchObject({
    ...{ name: 'anomaly AUROC, class 1', unit: 'of 1', count: 200 },
    protocol: `area under the ROC of the negative ELBO (one posterior sample an item, seed 0), anomalies: class 1, which training should not have seen, against all others; ${items.description}, ONNX Runtime CPU`,
  });
  const refusal = async (options: object) => {
    const call = () =>
      withModel(folder, (model) => anomalyAuroc(model, items, { anomaly: 9, ...options }));
    return (await errorOf(call)).message;
  };
  expect(await refusal({})).toMatch(/^labels: .*'0 positive, 200 negative'/);
  expect(await refusal({ seed: -1 })).toMatch(/^seed: /);
  expect(await refusal({ signal: AbortSignal.abort() })).toMatch(/^Scoring the items was aborted/);
});

test('anomalyAuroc: by the density of latents too, where the card keeps a mixture', async () => {
  const folder = linearModel({
    itemSize: 2,
    latentSize: 1,
    mean: { weights: [1, 0], bias: [0] },
    logVar: [-1],
    decoder: { weights: [0, 0], bias: [0, 0] },
    likelihood: { kind: 'gaussian', sigma: 1 },
  });
  // Latents are the first values: those of class 0 lie near ±2, those of class 1 near 0, which is easiest to draw.
  const images = normalRows(200, 2, 1, 0.3);
  const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  for (let i = 0; i < 200; i += 2) (images[2 * i] as number) += i % 4 === 0 ? 2 : -2;
  const items = testItems(datasetOf(images, 2, { labels }));
  const path = join(folder, 'model.json');
  const card = JSON.parse(await readFile(path, 'utf8'));
  const components = [-2, 2].map((mean) => ({ weight: 0.5, mean: [mean], factor: [0.3] }));
  card.latentSpace = { mixture: { components, protocol: 'by hand' } };
  await writeFile(path, JSON.stringify(card));
  const [byElbo, byDensity] = await withModel(folder, (model) =>
    anomalyAuroc(model, items, { anomaly: 1 }),
  );
  expect(byElbo?.value).toBeLessThan(0.1);
  expect(byDensity?.value).toBeGreaterThan(0.95);
  expect(byDensity?.name).toBe('anomaly AUROC by density, class 1');
  expect(byDensity?.protocol).toContain(
    "ROC of the negative log-density of the latents' centres under the mixture on the card (by hand), anomalies: class 1",
  );
});
