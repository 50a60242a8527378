import { describe, expect, test } from '@jest/globals';
import type { Tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { type Items, itemTensor, itemValues, prepareLatents } from './batch.ts';

const card = fakeCard();
const prepare = (items: unknown) =>
  itemTensor(itemValues(items as Items, card), card, ['batch', 4]);

describe('itemValues and itemTensor', () => {
  test('takes floats in any of the documented forms without a copy', () => {
    const data = new Float32Array(8).fill(0.5);
    const forms: unknown[] = [
      data,
      { data, dims: [2, 4], dtype: 'float32' },
      { data, dims: [2, 2, 2, 1], dtype: 'float32' },
    ];
    for (const form of forms) {
      const x = prepare(form);
      expect(x.dims).toEqual([2, 4]);
      expect(x.data).toBe(data);
    }
  });

  test('takes 8-bit pixels through the preprocessing of the card', () => {
    const x = prepare(Uint8ClampedArray.of(0, 51, 255, 255));
    expect([...x.data]).toEqual([0, Math.fround(0.2), 1, 1]);
  });

  test('the range is closed, and -0 is in it', () => {
    expect(() => prepare(Float32Array.of(0, 1, -0, 1))).not.toThrow();
  });

  test.each<[string, unknown, RegExp]>([
    ['a wrong size', new Float32Array(7), /n × 4 values, received 7 values/],
    ['an empty batch', new Float32Array(0), /received 0 values/],
    [
      'wrong dims',
      { data: new Float32Array(8), dims: [4, 2], dtype: 'float32' },
      /received dims \[4, 2\]/,
    ],
    [
      'dims that lie',
      { data: new Float32Array(4), dims: [2, 4], dtype: 'float32' },
      /over 4 values/,
    ],
    [
      'NaN',
      Float32Array.of(0, 0, 0, 0, 0, 0, Number.NaN, 0),
      /item 1, element 2: expected a value from 0 to 1, received NaN/,
    ],
    ['a pixel above the range', Float32Array.of(0, 1.5, 0, 0), /item 0, element 1: .*received 1.5/],
    ['a pixel below the range', Float32Array.of(0, 0, -1e-7, 0), /item 0, element 2/],
    ['infinity', Float32Array.of(0, 0, Number.POSITIVE_INFINITY, 0), /received Infinity/],
    ['doubles', new Float64Array(4), /received a Float64Array of 4/],
    ['a plain array', [0, 0, 0, 0], /received \[0, 0, 0, 0\]/],
    ['nothing', undefined, /received undefined/],
  ])('refuses %s', (_, items, message) => {
    expect(() => prepare(items)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => prepare(items)).toThrow(message);
  });
});

describe('prepareLatents', () => {
  test('takes rows with or without dims', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(prepareLatents(data, 2)).toEqual({ data, dims: [2, 2], dtype: 'float32' });
    expect(prepareLatents({ data, dims: [2, 2], dtype: 'float32' }, 2).data).toBe(data);
  });

  test.each<[string, unknown, RegExp]>([
    ['a wrong size', new Float32Array(3), /\[n, 2\] or n × 2 values, received 3 values/],
    ['an empty batch', new Float32Array(0), /received 0 values/],
    [
      'wrong dims',
      { data: new Float32Array(4), dims: [4], dtype: 'float32' },
      /received dims \[4\]/,
    ],
    [
      'NaN',
      Float32Array.of(0, 0, Number.NaN, 0),
      /latent 1, dimension 0: expected a finite number, received NaN/,
    ],
    [
      'infinity',
      Float32Array.of(0, Number.NEGATIVE_INFINITY),
      /latent 0, dimension 1: .*received -Infinity/,
    ],
    ['bytes', new Uint8Array(2), /received a Uint8Array of 2/],
  ])('refuses %s', (_, latents, message) => {
    expect(() => prepareLatents(latents as Tensor<'float32'>, 2)).toThrow(message);
  });
});
