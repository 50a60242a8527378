import { expect, test } from '@jest/globals';
import type { Split } from '@latentkit/data';
import type { Engine } from '../engines/engine.ts';
import { testTerms } from './test-terms.ts';

const ITEMS = 7;
const split: Split = {
  images: Float32Array.from({ length: ITEMS * 2 }, (_, i) => i),
  labels: Uint8Array.from({ length: ITEMS }, (_, i) => i % 3),
  count: ITEMS,
};

/** Says the means of what it is given, and keeps what it was given. */
function meanEngine() {
  const given: { items: number[]; noise: number[]; labels: number[] }[] = [];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const evaluate: Engine['evaluate'] = async ({ items, noise, labels }) => {
    given.push({ items: [...items], noise: [...noise], labels: [...(labels ?? [])] });
    return { loss: mean([...items]), reconstruction: mean([...noise]), kl: 0 };
  };
  return { given, engine: { evaluate } as Engine };
}

test('a model that takes much memory is tested in parts, to the same means', async () => {
  const [whole, parts] = [meanEngine(), meanEngine()];
  const model = { noiseSize: 3, labels: 3 };
  const expected = await testTerms(whole.engine, split, model);
  const terms = await testTerms(parts.engine, split, { ...model, testTogether: 3 });
  expect(whole.given).toHaveLength(1);
  expect(parts.given.map(({ items }) => items.length / 2)).toEqual([3, 3, 1]);
  for (const key of ['items', 'noise', 'labels'] as const)
    expect(parts.given.flatMap((part) => part[key])).toEqual(whole.given[0]?.[key]);
  expect(terms.loss).toBeCloseTo(expected.loss, 6);
  expect(terms.loss).toBeCloseTo(6.5, 6);
  expect(terms.reconstruction).toBeCloseTo(expected.reconstruction, 6);
});
