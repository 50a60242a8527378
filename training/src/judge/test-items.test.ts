import { expect, test } from '@jest/globals';
import { mean, testMetric } from './metric.ts';
import { itemBatches, testItems } from './test-items.ts';
import { datasetOf } from './testing.ts';

const images = Float32Array.from({ length: 2400 }, (_, i) => (i % 10) / 10);
const dataset = datasetOf(images, 2, {
  labels: Uint8Array.from({ length: 1200 }, (_, i) => i % 7),
});

test.each([
  [{}, 1200, `1,200 test items of ${dataset.name}`],
  [{ items: 1200 }, 1200, `1,200 test items of ${dataset.name}`],
  [{ items: 3 }, 3, `the first 3 test items of ${dataset.name}`],
  [
    { binarisation: 'dynamic', items: 3 },
    3,
    `the first 3 test items of ${dataset.name}, binarised dynamically (drawn once)`,
  ],
  [
    { binarisation: 'static' },
    1200,
    `1,200 test items of ${dataset.name}, binarised statically (drawn once)`,
  ],
] as const)('%j: what is measured, in words', (options, count, description) => {
  const items = testItems(dataset, options);
  expect(items).toMatchObject({ count, itemSize: 2, description });
  expect(items.binarisation).toBe('binarisation' in options ? options.binarisation : 'none');
  const [first] = itemBatches(items);
  const binary = first?.images.every((value) => value === 0 || value === 1);
  expect(binary).toBe('binarisation' in options);
});

test.each([0, -1, 1.5, 10_000_001])('%d test items are refused', (items) => {
  expect(() => testItems(dataset, { items })).toThrow(/^test items: expected an integer/);
});

test('batches hold the items in order, with their labels', () => {
  const batches = [...itemBatches(testItems(dataset))];
  expect(batches.map(({ from, count }) => [from, count])).toEqual([
    [0, 500],
    [500, 500],
    [1000, 200],
  ]);
  expect(batches.flatMap(({ images }) => [...images])).toEqual([...images]);
  expect(batches.flatMap(({ labels }) => [...labels])).toEqual([...dataset.test.labels]);
});

test('figures are rounded to three digits, or as many as are asked for', () => {
  const about = { protocol: 'by hand', count: 2 };
  expect(testMetric('x', 1.23456, 'nats', about)).toEqual({
    name: 'x',
    value: 1.235,
    unit: 'nats',
    split: 'test',
    ...about,
  });
  expect(testMetric('x', 1.23456, 'nats', about, 1).value).toBe(1.2);
  expect(mean([1, 2, 6])).toBe(3);
});
