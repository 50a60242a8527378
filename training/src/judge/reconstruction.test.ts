import { afterAll, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders } from '../testing.ts';
import { reconstructionError } from './reconstruction.ts';
import { testItems } from './test-items.ts';
import { datasetOf, linearModel, normalRows, pointModel, withModel } from './testing.ts';

afterAll(removeTemporaryFolders);

const items = testItems(datasetOf(normalRows(700, 2, 1), 2));

test('is 0 for a model that hands items on', async () => {
  const { squared, absolute } = await withModel(pointModel(2), (model) =>
    reconstructionError(model, items),
  );
  expect([squared, absolute]).toEqual([0, 0]);
});

test('is that of the decoded mean, without sampling', async () => {
  // Reconstructs x as x + (1, −3), whatever the posterior's variance.
  const folder = linearModel({
    itemSize: 2,
    latentSize: 2,
    mean: { weights: [1, 0, 0, 1], bias: [0, 0] },
    logVar: [3, 3],
    decoder: { weights: [1, 0, 0, 1], bias: [1, -3] },
    likelihood: { kind: 'gaussian', sigma: 1 },
  });
  const { squared, absolute, metrics } = await withModel(folder, (model) =>
    reconstructionError(model, items),
  );
  expect(squared).toBeCloseTo((1 + 9) / 2, 4);
  expect(absolute).toBeCloseTo(2, 4);
  const protocol = `of the decoded mean of each item's embedding, no sampling, averaged over elements in [-100, 100]; ${items.description}, ONNX Runtime CPU`;
  const about = { unit: 'per element', split: 'test', count: 700 };
  expect(metrics).toEqual([
    ...[['reconstruction MSE', 5] as const, ['reconstruction MAE', 2] as const].map(
      ([name, value]) => ({
        ...{ ...about, name, value: expect.closeTo(value, 4) },
        protocol: `${name} ${protocol}`,
      }),
    ),
  ]);
});

test('a signal stops it', async () => {
  const signal = AbortSignal.abort();
  const call = () =>
    withModel(pointModel(2), (model) => reconstructionError(model, items, { signal }));
  expect((await errorOf(call)).message).toMatch(/^Reconstructing the items was aborted/);
});
