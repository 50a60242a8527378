import type { Rgb } from './colour.ts';
import type { Pixels } from './pixels.ts';

/** Weights of red, green and blue in a grey value; they sum to 1. */
export type GreyWeights = readonly [red: number, green: number, blue: number];

/** The luma of Recommendation ITU-R BT.601, on gamma-encoded values. */
export const BT601: GreyWeights = [0.299, 0.587, 0.114];

export interface ToChannelsOptions {
  /** Shows through transparent pixels where the result has no alpha. */
  readonly background: Rgb;
  readonly grey: GreyWeights;
}

/**
 * A picture with so many channels, in integers throughout:
 *
 * - alpha is flattened over the background, ⌊(c·a + b·(255 − a)) / 255 + ½⌋, or added as 255;
 * - colour becomes grey as ⌊Σ round(65536 w)·c / 65536 + ½⌋, after flattening.
 *
 * @returns the picture itself where it has these channels already
 */
export function toChannels(
  picture: Pixels,
  channels: 1 | 3 | 4,
  { background, grey }: ToChannelsOptions,
): Pixels {
  if (picture.channels === channels) return picture;
  const { width, height, data } = picture;
  const count = width * height;
  const colours = picture.channels > 2 ? 3 : 1;
  const alpha = picture.channels % 2 === 0;
  const from = picture.channels;
  const [wr, wg, wb] = grey.map((weight) => Math.round(weight * 65536)) as [number, number, number];
  const [br, bg, bb] = background;
  const out = new Uint8Array(count * channels);
  for (
    let pixel = 0, read = 0, write = 0;
    pixel < count;
    pixel++, read += from, write += channels
  ) {
    let r = data[read] as number;
    let g = colours === 3 ? (data[read + 1] as number) : r;
    let b = colours === 3 ? (data[read + 2] as number) : r;
    const a = alpha ? (data[read + from - 1] as number) : 255;
    if (channels === 4) {
      out[write + 3] = a;
    } else if (a < 255) {
      r = over(r, a, br);
      g = over(g, a, bg);
      b = over(b, a, bb);
    }
    if (channels === 1) {
      out[write] = r === g && g === b ? r : (wr * r + wg * g + wb * b + 0x8000) >>> 16;
    } else {
      out[write] = r;
      out[write + 1] = g;
      out[write + 2] = b;
    }
  }
  return { data: out, width, height, channels };
}

function over(value: number, alpha: number, background: number): number {
  return ((value * alpha + background * (255 - alpha) + 127.5) / 255) | 0;
}
