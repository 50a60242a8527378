import { describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { datasetOf } from './dataset-of.ts';
import { readItems } from './packed-items.ts';

const SHAPE = [2, 3, 1] as const;
const bytes = Uint8Array.from({ length: 20 * 6 }, (_, i) => i * 2);

describe('datasetOf', () => {
  const data = datasetOf({
    images: bytes,
    itemShape: SHAPE,
    labels: Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'even' : 'odd')),
    testShare: 0.2,
    validationShare: 0.2,
  });
  const parts = [data.train, data.validation, data.test];

  test('takes every item once, as values in [0, 1]', () => {
    const items = parts.flatMap((part) => {
      const values = part ? readItems(part) : new Float32Array();
      return Array.from({ length: values.length / 6 }, (_, i) => values.slice(i * 6, i * 6 + 6));
    });
    expect(parts.every((part) => part && part.count > 0)).toBe(true);
    const firsts = items.map((item) => Math.round((item[0] as number) * 255)).sort((a, b) => a - b);
    expect(firsts).toEqual(Array.from({ length: 20 }, (_, i) => i * 12));
    expect(data.valueRange).toEqual([0, 1]);
  });

  test('keeps labels with their items', () => {
    expect(data.labelNames).toEqual(['even', 'odd']);
    for (const part of parts) {
      const values = part ? readItems(part) : new Float32Array();
      part?.labels.forEach((label, i) => {
        const index = Math.round(((values[i * 6] as number) * 255) / 12);
        expect(label).toBe(index % 2);
      });
    }
  });

  test('splits by the ids, so that items that are added move none', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `item ${i}`);
    const idsOf = (count: number) => {
      const { test } = datasetOf({
        images: bytes.subarray(0, count * 6),
        itemShape: SHAPE,
        ids: ids.slice(0, count),
        testShare: 0.3,
      });
      return Array.from(
        readItems(test).filter((_, i) => i % 6 === 0),
        (v) => Math.round(v * 255),
      );
    };
    expect(idsOf(20)).toEqual(expect.arrayContaining(idsOf(15)));
  });

  test.each(['', '  ', 'two\nlines', 'a\u0000b', 'x'.repeat(101), 5])(
    'refuses the name %j, which no card may have',
    (name) => {
      const make = () => datasetOf({ images: bytes, itemShape: SHAPE, name: name as string });
      expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument', argument: 'name' }));
    },
  );

  test('refuses ids that are all one, of which none could be kept for testing', () => {
    const ids = (of: (i: number) => string) => Array.from({ length: 20 }, (_, i) => of(i));
    const make = (given: string[]) => datasetOf({ images: bytes, itemShape: SHAPE, ids: given });
    expect(() => make(ids(() => 'same'))).toThrow(
      /^ids: expected names by which items differ, .* \(items of one id stay in one part\), received 'same'\.$/,
    );
    const { train, test } = make(ids((i) => String(i % 2)));
    expect([train.count, test.count]).toEqual([10, 10]);
  });

  test('names the values in its provenance', () => {
    const other = datasetOf({ images: bytes.with(0, 9), itemShape: SHAPE });
    expect(data.provenance).not.toBe(other.provenance);
  });

  test('names labels, ids, factors and the split in its provenance', () => {
    const items = {
      images: bytes,
      itemShape: SHAPE,
      labels: Array.from({ length: 20 }, (_, i) => i % 2),
      ids: Array.from({ length: 20 }, (_, i) => `item ${i}`),
      factors: { names: ['size'], values: Float32Array.from({ length: 20 }, (_, i) => i) },
    };
    const others = [
      { labels: items.labels.with(3, 0) },
      { labels: items.labels.map((label) => `class ${label}`) },
      { ids: items.ids.with(3, 'another') },
      { factors: { ...items.factors, names: ['width'] } },
      { factors: { ...items.factors, values: items.factors.values.with(3, 9) } },
      { testShare: 0.4 },
      { validationShare: 0.2 },
    ].map((change) => datasetOf({ ...items, ...change }).provenance);
    const own = datasetOf(items).provenance;
    expect(datasetOf({ ...items, labels: [...items.labels] }).provenance).toBe(own);
    expect(new Set([own, ...others]).size).toBe(1 + others.length);
  });

  test.each([
    [
      [0, 0.5],
      [0, 1],
    ],
    [
      [-0.5, 0.5],
      [-1, 1],
    ],
    [
      [0, 200],
      [0, 255],
    ],
    [
      [-3, 7],
      [-3, 7],
    ],
  ])('finds the range of floats %p to be %p', ([low = 0, high = 0], range) => {
    const images = Float32Array.from({ length: 12 }, (_, i) => (i === 0 ? low : high));
    expect(datasetOf({ images, itemShape: SHAPE }).valueRange).toEqual(range);
  });

  test.each([
    ['no options', undefined],
    ['plain numbers', { images: [1, 2, 3], itemShape: SHAPE }],
    ['half an item', { images: bytes.subarray(0, 9), itemShape: SHAPE }],
    ['one item', { images: bytes.subarray(0, 6), itemShape: SHAPE }],
    ['a shape of two sides', { images: bytes, itemShape: [2, 3] }],
    ['a side of nothing', { images: bytes, itemShape: [2, 0, 1] }],
    ['labels for half the items', { images: bytes, itemShape: SHAPE, labels: [0, 1] }],
    ['ids for half the items', { images: bytes, itemShape: SHAPE, ids: ['a'] }],
    [
      'half the factors',
      { images: bytes, itemShape: SHAPE, factors: { names: ['a'], values: [1] } },
    ],
    ['an option that there is not', { images: bytes, itemShape: SHAPE, label: [1] }],
    ['labels that are absent', { images: bytes, itemShape: SHAPE, labels: new Array(20) }],
    ['a label of NaN', { images: bytes, itemShape: SHAPE, labels: new Array(20).fill(Number.NaN) }],
    ['labels of objects', { images: bytes, itemShape: SHAPE, labels: new Array(20).fill({}) }],
    ['ids of numbers', { images: bytes, itemShape: SHAPE, ids: Array.from(Array(20).keys()) }],
    [
      'factors in an array',
      {
        images: bytes,
        itemShape: SHAPE,
        factors: { names: ['a'], values: new Array(20).fill(1) },
      },
    ],
    [
      'factors of NaN',
      {
        images: bytes,
        itemShape: SHAPE,
        factors: { names: ['a'], values: new Float32Array(20).fill(Number.NaN) },
      },
    ],
    [
      'two factors of one name',
      {
        images: bytes,
        itemShape: SHAPE,
        factors: { names: ['a', 'a'], values: new Float32Array(40) },
      },
    ],
    ['a share of all', { images: bytes, itemShape: SHAPE, testShare: 1 }],
  ])('refuses %s', (_, items) => {
    expect(() => datasetOf(items as never)).toThrow(ArgumentError);
  });

  test('refuses values that are not finite', () => {
    const images = new Float32Array(12).fill(Number.NaN);
    expect(() => datasetOf({ images, itemShape: SHAPE })).toThrow(LatentkitError);
    expect(() =>
      datasetOf({ images: images.fill(0).fill(Infinity, 8, 9), itemShape: SHAPE }),
    ).toThrow(/^images: item 1 holds Infinity \(its value 2, from 0\); finite/);
  });
});
