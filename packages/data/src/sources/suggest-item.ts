import type { Pixels, ReducedPixels } from '@latentkit/core';

export interface SuggestedItem {
  readonly height: number;
  readonly width: number;
  readonly colour: 'rgb' | 'grey';
  /** Why, in words. */
  readonly reason: string;
}

/** Pictures of one size up to here are taken as they are. */
const LARGEST_AS_IS = 128;
const USUAL = 64;
/** Strided networks halve the sides twice. */
const MULTIPLE = 4;

/**
 * The size and colour of items for pictures like these: their own size where all have one of up to
 * 128 pixels; otherwise 64 × 64, or less where half of them are smaller. Grey where none has colour.
 */
export function suggestItem(samples: readonly ReducedPixels[]): SuggestedItem | undefined {
  const sizes = samples.map((picture) => picture.reducedFrom ?? picture);
  const [first] = sizes;
  if (!first) return undefined;
  const colour = samples.every(isGrey) ? 'grey' : 'rgb';
  const { width, height } = first;
  const alike = sizes.every((size) => size.width === width && size.height === height);
  if (alike && Math.max(width, height) <= LARGEST_AS_IS) {
    return { width, height, colour, reason: `all pictures looked at are ${height} × ${width}` };
  }
  const sides = sizes.map((size) => Math.min(size.width, size.height)).sort((a, b) => a - b);
  const median = sides[Math.floor(sides.length / 2)] as number;
  const side = Math.max(MULTIPLE, Math.min(USUAL, median - (median % MULTIPLE)));
  const range = (name: 'width' | 'height') => {
    const all = sizes.map((size) => size[name]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return low === high ? `${low}` : `${low}–${high}`;
  };
  const reason = `the pictures looked at are ${range('height')} × ${range('width')}`;
  return { width: side, height: side, colour, reason };
}

/** Differences that rounding leaves in a grey JPEG. */
const ROUNDING = 3;

export function isGrey({ data, channels }: Pixels): boolean {
  if (channels < 3) return true;
  for (let i = 0; i < data.length; i += channels) {
    if (channels === 4 && data[i + 3] === 0) continue;
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    if (Math.max(r, g, b) - Math.min(r, g, b) > ROUNDING) return false;
  }
  return true;
}
