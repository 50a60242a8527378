import { describe, expect, test } from '@jest/globals';
import { type Dataset, makeStrokes } from '@latentkit/data';
import { errorOf } from '../testing.ts';
import { checkDataset } from './check-dataset.ts';

const sound = makeStrokes(4, 3, 1);

/** A data set with another part, its arrays copied: those of `sound` stay as they are. */
function withTest(change: (test: { images: Float32Array; labels: number[] }) => object): Dataset {
  const images = (sound.test.images as Float32Array).slice();
  const labels = [...sound.test.labels];
  return { ...sound, test: { ...sound.test, ...change({ images, labels }) } as Dataset['test'] };
}

test('takes what fits together, and values that rounding has moved', () => {
  expect(checkDataset(sound)).toBe(sound);
  const rounded = withTest(({ images }) => {
    images[3] = 1 + 2 ** -22;
    return { images };
  });
  expect(checkDataset(rounded)).toBe(rounded);
});

describe('refuses', () => {
  test.each<[string, Dataset | null, string]>([
    ['nothing', null, 'data: expected a data set'],
    [
      'a number that is none',
      withTest(({ images }) => {
        images[784 + 5] = Number.NaN;
        return { images };
      }),
      'data.test.images: expected a value from 0 to 1, which is data.valueRange, for element 5 of item 1, received NaN',
    ],
    [
      'a value out of range',
      withTest(({ images }) => {
        images[2] = 50;
        return { images };
      }),
      'data.test.images: expected a value from 0 to 1, which is data.valueRange, for element 2 of item 0, received 50',
    ],
    [
      'a label that has no name',
      withTest(({ labels }) => ({ labels: Uint8Array.from(labels.with(2, 10)) })),
      'data.test.labels: expected a number from 0 to 9 for item 2 (data.labelNames has 10), received 10',
    ],
    [
      'no items',
      withTest(() => ({ count: 0 })),
      'data.test.count: expected an integer of at least 1, received 0',
    ],
    [
      'rows that are cut',
      withTest(({ images }) => ({ images: images.subarray(0, 3 * 700) })),
      'data.test.images: expected an item of 28 × 28 × 1 in each of 3 rows, received',
    ],
  ])('%s', async (_, data, message) => {
    const error = await errorOf(() => checkDataset(data));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain(message);
  });
});
