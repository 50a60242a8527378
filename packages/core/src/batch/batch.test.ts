import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { fakeCard } from '../testing.ts';
import { type ItemOptions, type Items, itemRows, itemValues } from './batch.ts';

const card = fakeCard();
const prepare = (items: unknown, options: ItemOptions = {}) => {
  const data = itemValues(items as Items, card, options);
  return { data, count: itemRows(items as Items, card, options).count };
};

describe('itemValues', () => {
  test('takes floats in any of the documented forms without a copy', () => {
    const data = new Float32Array(8).fill(0.5);
    const forms: unknown[] = [
      data,
      { data, dims: [2, 4], dtype: 'float32' },
      { data, dims: [2, 2, 2, 1], dtype: 'float32' },
    ];
    for (const form of forms) {
      const x = prepare(form);
      expect(x.count).toBe(2);
      expect(x.data).toEqual(data);
      expect(x.data.buffer).toBe(data.buffer);
    }
  });

  test('takes 8-bit pixels through the preprocessing of the card', () => {
    const x = prepare(Uint8Array.of(0, 51, 255, 255));
    expect([...x.data]).toEqual([0, Math.fround(0.2), 1, 1]);
  });

  test('the range is closed, and -0 is in it', () => {
    expect(() => prepare(Float32Array.of(0, 1, -0, 1))).not.toThrow();
  });

  const batch = 'batch: expected [n, 2, 2, 1] or [n, 4] or n × 4 values, received ';
  const kind = 'batch: expected a Tensor, Float32Array or 8-bit pixels, received ';
  const clip = "expected a value from 0 to 1 ({ outside: 'clip' } takes the nearest), received ";
  const dims = (length: number, ...sizes: number[]) => ({
    data: new Float32Array(length),
    dims: sizes,
    dtype: 'float32',
  });

  test.each<[string, unknown, string]>([
    ['a wrong size', new Float32Array(7), `${batch}7 values.`],
    [
      'the bytes of a file',
      new Uint8Array(9),
      `${batch}9 values (the bytes of a picture file are for readImages).`,
    ],
    ['an empty batch', new Float32Array(0), `${batch}0 values.`],
    ['wrong dims', dims(8, 4, 2), `${batch}dims [4, 2] over 8 values.`],
    ['dims of another item', dims(8, 2, 1, 2, 2), `${batch}dims [2, 1, 2, 2] over 8 values.`],
    ['dims of more', dims(8, 2, 2, 2, 1, 1), `${batch}dims [2, 2, 2, 1, 1] over 8 values.`],
    ['dims that lie', dims(4, 2, 4), `${batch}dims [2, 4] over 4 values.`],
    [
      'NaN',
      Float32Array.of(0, 0, 0, 0, 0, 0, Number.NaN, 0),
      'item 1, element 2: expected a value from 0 to 1, received NaN.',
    ],
    ['a value above the range', Float32Array.of(0, 1.5, 0, 0), `item 0, element 1: ${clip}1.5.`],
    ['a value below the range', Float32Array.of(0, 0, -2, 0), `item 0, element 2: ${clip}-2.`],
    ['infinity', Float32Array.of(0, 0, 1 / 0, 0), `item 0, element 2: ${clip}Infinity.`],
    ['doubles', new Float64Array(4), `${kind}a Float64Array of 4.`],
    ['a plain array', [0, 0, 0, 0], `${kind}[0, 0, 0, 0].`],
    ['nothing', undefined, `${kind}undefined.`],
    ['null', null, `${kind}null.`],
    ['bytes alone', { data: new Uint8ClampedArray(4) }, `${kind}an object with data.`],
    [
      'clamped bytes of no height',
      { data: new Uint8ClampedArray(4), width: 1 },
      `${kind}an object with data, width.`,
    ],
    [
      'clamped bytes of no width',
      { data: new Uint8ClampedArray(4), height: 1 },
      `${kind}an object with data, height.`,
    ],
    [
      'plain bytes of a size',
      { data: new Uint8Array(4), width: 2, height: 2 },
      `${kind}an object with data, width, height.`,
    ],
  ])('refuses %s', (_, items, message) => {
    expect(() => prepare(items)).toThrow(
      expect.objectContaining({ code: 'invalid-input', message }),
    );
  });
});

describe('values outside the range', () => {
  const ulp = 2 ** -23;

  test('by rounding alone are clipped, in a copy', () => {
    const given = Float32Array.of(1 + ulp, 1 + 4 * ulp, -4 * ulp, 0.5);
    const before = given.slice();
    expect([...prepare(given).data]).toEqual([1, 1, 0, 0.5]);
    expect(given).toEqual(before);
  });

  test('by more are refused, with the way out, unless they are to be clipped', () => {
    const given = Float32Array.of(1 + 5 * ulp, 2, -3, 0.5);
    expect(() => prepare(given)).toThrow(
      /item 0, element 0: expected a value from 0 to 1 \({ outside: 'clip' } takes the nearest\), received 1\.0000005/,
    );
    expect([...prepare(given, { outside: 'clip' }).data]).toEqual([1, 1, 0, 0.5]);
    expect([...prepare(Float32Array.of(1 / 0, -1 / 0, 0, 1), { outside: 'clip' }).data]).toEqual([
      1, 0, 0, 1,
    ]);
  });

  test('NaN is refused whatever is said, without advice that does not help', () => {
    expect(() => prepare(Float32Array.of(0, Number.NaN, 2, 0), { outside: 'clip' })).toThrow(
      'item 0, element 1: expected a value from 0 to 1, received NaN.',
    );
  });

  test('8-bit pixels that the preprocessing sends outside are judged alike', () => {
    const doubled = { ...card, preprocessing: { scale: 2 / 255, offset: 0 } };
    const bytes = Uint8Array.of(0, 127, 128, 255);
    expect(() => itemValues(bytes, doubled)).toThrow(/item 0, element 2: .*received 1\.003/);
    expect([...itemValues(bytes, doubled, { outside: 'clip' })]).toEqual([
      0,
      Math.fround(254 / 255),
      1,
      1,
    ]);
  });

  test('the slack is that of the larger end of the range', () => {
    const wide: ModelCard = { ...card, item: { ...card.item, range: [-8, 1] } };
    const values = (given: number) => itemValues(Float32Array.of(given, 0, 0, 0), wide)[0];
    for (const [end, sign] of [
      [-8, -1],
      [1, 1],
    ] as const) {
      expect(values(end + sign * 8 * 4 * ulp)).toBe(end);
      expect(() => values(end + sign * 8 * 5 * ulp)).toThrow(/item 0, element 0/);
    }
  });

  test.each([
    [{ outside: 'drop' }, "outside: expected 'refuse' or 'clip', received 'drop'."],
    [{ outside: null }, "outside: expected 'refuse' or 'clip', received null."],
    [{ pixels: 'grey' }, "pixels: expected 'rgba' or 'items', received 'grey'."],
  ])('%j is no option', (options, message) => {
    expect(() => prepare(new Float32Array(4), options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message }),
    );
  });
});

describe('pixels of a canvas', () => {
  const clamped = (count: number) => new Uint8ClampedArray(count).fill(51);
  const canvas = (width: number, height: number) => ({
    data: clamped(width * height * 4),
    width,
    height,
  });
  const rgba: ModelCard = { ...card, item: { ...card.item, shape: [2, 2, 4] } };
  const planes: ModelCard = { ...card, item: { ...card.item, shape: [4, 2, 2], layout: 'CHW' } };

  test.each<[string, unknown]>([
    ['as many bytes as four grey items', clamped(16)],
    ['as many bytes as one grey item', clamped(4)],
    ['an ImageData', canvas(2, 2)],
    [
      'an ImageData of another realm',
      runInNewContext('({ data: new Uint8ClampedArray(16), width: 2, height: 2 })'),
    ],
    ['clamped bytes of another realm', runInNewContext('new Uint8ClampedArray(16)')],
  ])('%s are no grey items', (_, pixels) => {
    expect(() => prepare(pixels)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => prepare(pixels)).toThrow(/readImages\(\)[\s\S]*received .*of a canvas/);
    expect(() => itemValues(pixels as Items, planes)).toThrow(/of a canvas/);
  });

  const way =
    'make pictures items by readImages(), put their values into a Uint8Array or Float32Array';

  test('are told from items in so many words', () => {
    expect(() => prepare(clamped(16))).toThrow(
      `batch: expected items of 2 × 2 × 1 (HWC): ${way}, or, where they are that already, say { pixels: 'items' }, ` +
        'received 16 bytes of a canvas (a Uint8ClampedArray: red, green, blue and opacity of each pixel).',
    );
    expect(() => itemValues(canvas(2, 2), planes)).toThrow(
      `batch: expected items of 4 × 2 × 2 (CHW): ${way}, received the pixels of a canvas, 2 × 2 of red, green, blue and opacity.`,
    );
  });

  test.each<[string, ModelCard['item']]>([
    ['flat items', { shape: [16], layout: 'flat', range: [0, 1] }],
    ['three dimensions that are no picture', { shape: [2, 2, 4], layout: 'flat', range: [0, 1] }],
    ['more dimensions', { shape: [2, 2, 4, 1], layout: 'HWC', range: [0, 1] }],
    ['three channels', { shape: [2, 2, 3], layout: 'HWC', range: [0, 1] }],
  ])('are no %s', (_, item) => {
    expect(() => itemValues(clamped(48), { ...card, item })).toThrow(/48 bytes of a canvas/);
  });

  test('are items of a model of four interleaved channels and of their size', () => {
    const wanted = new Float32Array(16).fill(0.2);
    expect(itemValues(clamped(16), rgba)).toEqual(wanted);
    expect(itemValues(canvas(2, 2), rgba)).toEqual(wanted);
    for (const [width, height] of [
      [4, 1],
      [2, 3],
      [3, 2],
    ] as const) {
      expect(() => itemValues(canvas(width, height), rgba)).toThrow(
        `the pixels of a canvas, ${width} × ${height} of`,
      );
    }
  });

  test('clamped bytes that are items already are taken where that is said', () => {
    expect([
      ...itemValues(Uint8ClampedArray.of(0, 51, 255, 255), card, { pixels: 'items' }),
    ]).toEqual([0, Math.fround(0.2), 1, 1]);
    expect(() => itemValues(canvas(2, 2), card, { pixels: 'items' })).toThrow(/of a canvas/);
    const tensor = { data: clamped(4), dims: [1, 2, 2, 1], dtype: 'uint8' };
    expect(itemValues(tensor as never, card)).toEqual(new Float32Array(4).fill(0.2));
  });
});

test('typed arrays of another realm are copied', () => {
  const floats = runInNewContext('new Float32Array([0, 0.5, 1, 0])');
  expect(prepare(floats).data).toEqual(Float32Array.of(0, 0.5, 1, 0));
  expect(prepare(runInNewContext('new Uint8Array([0, 51, 255, 0])')).data).toEqual(
    Float32Array.of(0, 0.2, 1, 0),
  );
  expect(prepare({ data: floats, dims: [1, 4], dtype: 'float32' }).data).toBeInstanceOf(
    Float32Array,
  );
});

describe('itemRows', () => {
  test('looks at values when their rows are asked for, and counts items from the first', () => {
    const { count, rows } = itemRows(Float32Array.of(0, 0, 0, 0, 0, 1, 2, 0, 1, 1, 1, 1), card);
    expect(count).toBe(3);
    expect([...rows(0, 1)]).toEqual([0, 0, 0, 0]);
    expect([...rows(2, 3)]).toEqual([1, 1, 1, 1]);
    expect(() => rows(1, 3)).toThrow(/item 1, element 2: .*received 2/);
  });

  test.each([Uint8Array, Uint8ClampedArray])('gives the pixels of a %p as they are', (Pixels) => {
    const bytes = Pixels.of(0, 51, 102, 255, 1, 2, 3, 4);
    const { pixels, rows, values } = itemRows(bytes, card, { pixels: 'items' });
    expect(pixels).toEqual(card.preprocessing);
    expect(rows(0, 1).buffer).toBe(bytes.buffer);
    expect([...values(0, 1)]).toEqual([0, 51, 102, 255].map((pixel) => Math.fround(pixel / 255)));
    const out = new Float32Array(4);
    expect(values(1, 2, out)).toBe(out);
    expect(out[3]).toBe(Math.fround(4 / 255));
  });

  test('gives values for pixels that the card puts outside its range, and checks them', () => {
    const doubled = { ...card, preprocessing: { scale: 2 / 255, offset: 0 } };
    const { pixels, rows } = itemRows(Uint8Array.of(0, 1, 2, 3, 0, 1, 2, 255), doubled);
    expect(pixels).toBeUndefined();
    expect(rows(0, 1)).toBeInstanceOf(Float32Array);
    expect(() => rows(1, 2)).toThrow(/item 1, element 3: .*received 2/);
  });

  test.each([
    ['from end to end', 1 / 255, 0, true],
    ['within', 0.9 / 255, 0.05, true],
    ['from end to end, the other way round', -1 / 255, 1, true],
    ['from below', 1 / 255, -0.01, false],
    ['to above', 1 / 255, 0.01, false],
    ['from above to below', -1.2 / 255, 1.1, false],
  ])('pixels that the card puts into its range %s', (_, scale, offset, whole) => {
    const { pixels } = itemRows(new Uint8Array(4), { ...card, preprocessing: { scale, offset } });
    expect(pixels).toEqual(whole ? { scale, offset } : undefined);
  });
});
