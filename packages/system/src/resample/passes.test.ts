import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { fitPicture as fitPlainly, type Pixels } from '@latentkit/core';
import fc from 'fast-check';
import wabt from 'wabt';
import { fitPicture } from './fit-picture.ts';
import { fastPasses } from './passes.ts';
import { RESAMPLE_BYTES } from './resample-bytes.ts';

test('the bytes of the module are the assembly of its text', async () => {
  const text = readFileSync(join(__dirname, 'resample.wat'), 'utf8');
  const { parseWat } = await wabt();
  const assembled = parseWat('resample.wat', text, { simd: true }).toBinary({}).buffer;
  // What fails here shows the bytes to write beside the text.
  expect(RESAMPLE_BYTES).toBe(Buffer.from(assembled).toString('hex'));
});

/** A picture of a size, each value of its own: black, white and what lies between. */
function pictureOf(
  width: number,
  height: number,
  channels: Pixels['channels'],
  seed: number,
): Pixels {
  let state = seed | 1;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const value = state >>> 24;
    return value < 60 ? 0 : value > 195 ? 255 : value;
  });
  return { data, width, height, channels };
}

const side = fc.integer({ min: 1, max: 90 });
const pictures = fc
  .tuple(side, side, fc.constantFrom<Pixels['channels']>(1, 2, 3, 4), fc.nat())
  .map((given) => pictureOf(...given));

/** The part of the standard global in use here, which these type libraries lack. */
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object };
};

test('without WebAssembly pictures are resampled all the same', async () => {
  const made = jest.spyOn(wasm, 'Module').mockImplementation(() => {
    throw new Error('not here');
  });
  const target = { width: 5, height: 6, channels: 3 } as const;
  const picture = pictureOf(9, 9, 3, 13);
  try {
    await jest.isolateModulesAsync(async () => {
      const { fitPicture: fit } = await import('./fit-picture.ts');
      const { fastPasses } = await import('./passes.ts');
      expect(Buffer.compare(fit(picture, target), fitPlainly(picture, target))).toBe(0);
      expect(fastPasses()).toBeUndefined();
    });
    // It is tried once.
    expect(made).toHaveBeenCalledTimes(1);
  } finally {
    made.mockRestore();
  }
});

describe('pictures that are resampled by WebAssembly', () => {
  test('it is WebAssembly that does it', () => {
    expect(fastPasses()).toBeDefined();
  });

  test('are to the byte what they are in plain JavaScript, of any size, to any size and fit', () => {
    fc.assert(
      fc.property(
        pictures,
        side,
        side,
        fc.constantFrom<1 | 3 | 4>(1, 3, 4),
        fc.constantFrom('cover' as const, 'contain' as const, 'fill' as const),
        (picture, width, height, channels, fit) => {
          const target = { width, height, channels, fit };
          expect(Buffer.compare(fitPicture(picture, target), fitPlainly(picture, target))).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('so are those that shrink much, whose sums are of many values', () => {
    const picture = pictureOf(1501, 997, 3, 7);
    const target = { width: 9, height: 31, channels: 3, fit: 'fill' } as const;
    expect(Buffer.compare(fitPicture(picture, target), fitPlainly(picture, target))).toBe(0);
  });

  test('a small one after a large one finds nothing of it', () => {
    const target = { width: 33, height: 35, channels: 3 } as const;
    const large = pictureOf(70, 80, 3, 3);
    const small = pictureOf(5, 4, 3, 5);
    const before = fitPicture(small, target);
    fitPicture(large, { ...target, width: 300, height: 290 });
    expect(Buffer.compare(fitPicture(small, target), before)).toBe(0);
  });

  test('what was given stays when the next is resampled', () => {
    const target = { width: 16, height: 16, channels: 1 } as const;
    const first = fitPicture(pictureOf(20, 20, 1, 1), target);
    const copy = Buffer.from(first);
    fitPicture(pictureOf(20, 20, 1, 2), target);
    expect(Buffer.compare(first, copy)).toBe(0);
  });

  test('those that take more memory than is kept are so too, and what comes after them', () => {
    const picture = pictureOf(2100, 2000, 4, 9);
    const target = { width: 2099, height: 2000, channels: 4, fit: 'fill' } as const;
    expect(Buffer.compare(fitPicture(picture, target), fitPlainly(picture, target))).toBe(0);
    const small = pictureOf(7, 9, 4, 11);
    expect(Buffer.compare(fitPicture(small, target), fitPlainly(small, target))).toBe(0);
  });
});
