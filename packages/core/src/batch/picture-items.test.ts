import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { fakeCard } from '../testing.ts';
import { type FitOptions, itemToPixels, pictureTarget, pixelsToItem } from './picture-items.ts';

/** A card of items of that shape; value = pixel · 0.5 − 10. */
function cardOf(
  shape: number[],
  layout: ModelCard['item']['layout'],
  preprocessing: Partial<ModelCard['preprocessing']> = {},
): ModelCard {
  const { name, ...rest } = fakeCard();
  return {
    ...rest,
    name: 'pictures',
    item: { shape, layout, range: [-10, 117.5] },
    preprocessing: { scale: 0.5, offset: -10, ...preprocessing },
  };
}

describe('pictureTarget', () => {
  test.each([
    [[5, 7, 3], 'HWC', { height: 5, width: 7, channels: 3 }],
    [[1, 5, 7], 'CHW', { height: 5, width: 7, channels: 1 }],
    [[4, 5, 7], 'CHW', { height: 5, width: 7, channels: 4 }],
  ] as const)('reads size and channels of %j, %s', (shape, layout, expected) => {
    expect(pictureTarget(cardOf([...shape], layout))).toEqual(expected);
  });

  test('takes fit, background and grey weights from the card, and the first two from the caller', () => {
    const grey: [number, number, number] = [0.25, 0.5, 0.25];
    const said = { fit: 'fill', background: [1, 2, 3] as [number, number, number], grey } as const;
    const card = cardOf([2, 2, 1], 'HWC', said);
    expect(pictureTarget(card)).toMatchObject(said);
    const options = { fit: 'contain', background: '#ff8000' } as const;
    expect(pictureTarget(card, options)).toMatchObject({
      fit: 'contain',
      background: [255, 128, 0],
      grey,
    });
  });

  const noPictures =
    'model: expected one of images: items [height, width, channels] or [channels, height, width] ' +
    'with 1, 3 or 4 channels, received ';

  test.each<[string, ModelCard, string]>([
    ['flat items', cardOf([2, 2, 1], 'flat'), "'pictures: flat [2, 2, 1]'"],
    ['two dimensions', cardOf([4, 4], 'HWC'), "'pictures: HWC [4, 4]'"],
    ['four dimensions', cardOf([4, 4, 3, 2], 'HWC'), "'pictures: HWC [4, 4, 3, 2]'"],
    ['two channels', cardOf([4, 4, 2], 'HWC'), "'pictures: HWC [4, 4, 2]'"],
    ['five planes', cardOf([5, 4, 4], 'CHW'), "'pictures: CHW [5, 4, 4]'"],
  ])('refuses a model of %s', (_, card, received) => {
    expect(() => pictureTarget(card)).toThrow(`${noPictures}${received}.`);
  });

  test.each<[string, unknown, string]>([
    [
      'another fit',
      { fit: 'crop' },
      "fit: expected 'cover' or 'contain' or 'fill', received 'crop'.",
    ],
    [
      'a colour without a name',
      { background: 'pink' },
      "background: expected '#rrggbb', '#rgb', 'black', 'white' or three integers from 0 to 255, received 'pink'.",
    ],
    ['no options', null, 'options: expected an object of options, received null.'],
  ])('refuses %s', (_, options, message) => {
    expect(() => pictureTarget(cardOf([2, 2, 1], 'HWC'), options as FitOptions)).toThrow(message);
  });
});

/** Six pixels of three channels: red counts up from 10, green from 20, blue from 30. */
const pixels = Uint8Array.from({ length: 18 }, (_, i) => 10 * (1 + (i % 3)) + Math.floor(i / 3));
const interleaved = Float32Array.from(pixels, (pixel) => pixel * 0.5 - 10);
const planes = Float32Array.from(
  { length: 18 },
  (_, i) => (10 * (1 + Math.floor(i / 6)) + (i % 6)) * 0.5 - 10,
);

describe.each([
  ['interleaved', cardOf([2, 3, 3], 'HWC'), interleaved],
  ['in planes', cardOf([3, 2, 3], 'CHW'), planes],
  ['flat', cardOf([18], 'flat'), interleaved],
])('channels %s', (_, card, values) => {
  test('pixels become values at their places', () => {
    const out = new Float32Array(18);
    pixelsToItem(pixels, card, out);
    expect(out).toEqual(values);
  });

  test('values become pixels again', () => {
    expect(itemToPixels(values, card)).toEqual(new Uint8ClampedArray(pixels));
  });
});

test('values between pixels are rounded, and those outside the range clipped', () => {
  const card = cardOf([5], 'flat');
  const values = Float32Array.of(-1000, -9.8, -9.7, 117.4, 1000);
  expect(itemToPixels(values, card)).toEqual(Uint8ClampedArray.of(0, 0, 1, 255, 255));
});

test('of more pixels than there are values the first are taken', () => {
  const out = new Float32Array(2);
  pixelsToItem(Uint8Array.of(20, 40, 60), cardOf([3], 'flat'), out);
  expect(out).toEqual(Float32Array.of(0, 10));
});

describe('what does not fit', () => {
  const card = cardOf([2], 'flat');
  const out = new Float32Array(2);

  test.each<[string, unknown, unknown, unknown, string]>([
    [
      'too few pixels',
      Uint8Array.of(1),
      card,
      out,
      'pixels: expected 2 bytes, one for each value of out, received a Uint8Array of 1.',
    ],
    [
      'pixels of two bytes',
      Uint16Array.of(1, 2),
      card,
      out,
      'pixels: expected 2 bytes, one for each value of out, received a Uint16Array of 2.',
    ],
    [
      'a list',
      [1, 2],
      card,
      out,
      'pixels: expected 2 bytes, one for each value of out, received [1, 2].',
    ],
    [
      'doubles to write to',
      Uint8Array.of(1, 2),
      card,
      new Float64Array(2),
      'out: expected a Float32Array, received a Float64Array of 2.',
    ],
    ['no card', Uint8Array.of(1, 2), null, out, 'card: expected a model card, received null.'],
  ])('%s: refused by pixelsToItem', (_, given, of, to, message) => {
    expect(() => pixelsToItem(given as never, of as never, to as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message }),
    );
  });

  test.each<[string, unknown, unknown, string]>([
    [
      'bytes',
      Uint8Array.of(1),
      card,
      'values: expected a Float32Array, received a Uint8Array of 1.',
    ],
    ['no card', out, undefined, 'card: expected a model card, received undefined.'],
  ])('%s: refused by itemToPixels', (_, values, of, message) => {
    expect(() => itemToPixels(values as never, of as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message }),
    );
  });

  test.each(['item', 'preprocessing'] as const)('a card without %s', (field) => {
    const part: Partial<ModelCard> = cardOf([2, 2, 1], 'HWC');
    delete part[field];
    const refused = expect.objectContaining({ argument: `card.${field}` });
    expect(() => pictureTarget(part as ModelCard)).toThrow(refused);
    expect(() => pixelsToItem(Uint8Array.of(1, 2, 3, 4), part as ModelCard, out)).toThrow(refused);
    expect(() => itemToPixels(out, part as ModelCard)).toThrow(refused);
  });
});
