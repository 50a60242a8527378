import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type Tensor, tensor } from '../tensor.ts';
import { asRows, prepareLatents } from './vectors.ts';

describe('prepareLatents', () => {
  test('takes rows with or without dims', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(prepareLatents(data, 2)).toEqual({ data, dims: [2, 2], dtype: 'float32' });
    expect(prepareLatents({ data, dims: [2, 2], dtype: 'float32' }, 2).data).toBe(data);
  });

  test('takes all values for one latent where no size is given', () => {
    const data = Float32Array.of(1, 2, 3);
    expect(prepareLatents(data)).toEqual({ data, dims: [1, 3], dtype: 'float32' });
    expect(() => prepareLatents(new Float32Array(0))).toThrow(
      'latents: expected at least one value, received 0 values.',
    );
  });

  test('copies vectors of another realm', () => {
    const foreign = runInNewContext('new Float32Array([1, 2])') as Float32Array;
    expect(prepareLatents(foreign, 2)).toEqual(tensor(Float32Array.of(1, 2), [1, 2]));
  });

  test('the largest finite numbers are finite', () => {
    const data = Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38);
    expect(prepareLatents(data, 2).data).toBe(data);
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
    [
      'nothing',
      undefined,
      /latents: expected a float32 Tensor or Float32Array, received undefined/,
    ],
    [
      'dims of another width',
      { data: new Float32Array(6), dims: [2, 3], dtype: 'float32' },
      /\[n, 2\] or n × 2 values, received dims \[2, 3\] over 6 values/,
    ],
    [
      'dims that lie',
      { data: new Float32Array(2), dims: [2, 2], dtype: 'float32' },
      /received dims \[2, 2\] over 2 values/,
    ],
    [
      'three dims',
      { data: new Float32Array(4), dims: [2, 2, 1], dtype: 'float32' },
      /received dims \[2, 2, 1\]/,
    ],
  ])('refuses %s', (_, latents, message) => {
    expect(() => prepareLatents(latents as Tensor<'float32'>, 2)).toThrow(message);
  });
});

test('asRows joins the dimensions of an item', () => {
  const data = new Float32Array(12);
  expect(asRows(tensor(data, [2, 1, 3, 2]))).toEqual(tensor(data, [2, 6]));
  expect(asRows(tensor(data, [2, 6])).data).toBe(data);
});
