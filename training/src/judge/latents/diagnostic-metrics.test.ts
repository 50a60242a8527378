import { expect, test } from '@jest/globals';
import { testItems } from '../test-items.ts';
import { datasetOf } from '../testing.ts';
import { diagnosticMetrics } from './diagnostic-metrics.ts';

const items = testItems(datasetOf(new Float32Array(3000), 1));
const where = `${items.description}, ONNX Runtime CPU`;
const figure = (name: string, value: number, unit: string, protocol: string, count = 3000) => ({
  name,
  value,
  unit,
  protocol: `${protocol}; ${where}`,
  split: 'test',
  count,
});

test('figures of a Gaussian latent', () => {
  const what =
    'Hoffman & Johnson 2016, on the first 2,000 of the items (at most ln 2000 = 7.60), one posterior sample an item (seed 5)';
  const activeUnits = { count: 3, of: 20 };
  const information = { mutual: 1.23456, aggregateKl: 0.5, items: 2000 };
  expect(diagnosticMetrics({ activeUnits, information }, items, 5)).toEqual([
    figure(
      'active units',
      3,
      'of 20',
      'dimensions whose posterior mean has a variance above 0.01 over the items',
    ),
    figure('mutual information', 1.235, 'nats', `I(item; z), ${what}`, 2000),
    figure('aggregate KL', 0.5, 'nats', `KL(q(z) ‖ p(z)), mean KL less I(item; z), ${what}`, 2000),
  ]);
});

test('figures of a ladder', () => {
  const what = (level: number) =>
    `KL of level ${level} of 2, 1 the topmost, from its prior, at one posterior sample an item (seed 5), others than those of the KL`;
  expect(diagnosticMetrics({ klByLevel: [1.5, 0.25] }, items, 5)).toEqual([
    figure('KL of level 1', 1.5, 'nats per item', what(1)),
    figure('KL of level 2', 0.25, 'nats per item', what(2)),
  ]);
});

test('figures of a codebook; none of nothing', () => {
  const codes = { perplexity: 4, dead: 2, codes: 6 };
  expect(diagnosticMetrics({ codes }, items, 5)).toEqual([
    figure('codebook perplexity', 4, 'of 6', 'exp of the entropy of how often each code is chosen'),
    figure('dead codes', 2, 'of 6', 'codes that no item uses'),
  ]);
  expect(diagnosticMetrics({}, items, 5)).toEqual([]);
});
