import { expect, test } from '@jest/globals';
import type { Dataset } from '@latentkit/data';
import { areClasses, attributesOf } from './attributes-of.ts';

test('data without attributes are told where to put some', () => {
  const data = {
    name: 'photos',
    labelNames: [],
    train: { count: 2, labels: Int32Array.of(0, 0) },
  } as unknown as Dataset;
  expect(attributesOf(data, undefined, { optional: true })).toEqual([]);
  expect(() => attributesOf(data)).toThrow(
    /^attributes of photos: expected some: .*labels\.csv in the folder.*a folder for each class, received 'none'\.$/,
  );
});

test('classes are told from columns of numbers, also where one has the name of the other', () => {
  const data = {
    labelNames: ['cat', 'dog', 'age'],
    train: { count: 2, factors: { names: ['age'] } },
  } as unknown as Dataset;
  const named = (...names: string[]) => names.map((name) => ({ name, values: [] }));
  expect(areClasses(named('cat', 'dog'), data)).toBe(true);
  expect(areClasses(named('cat', 'age'), data)).toBe(false);
  expect(areClasses(named('age'), data)).toBe(false);
});
