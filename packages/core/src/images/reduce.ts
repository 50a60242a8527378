import type { Pixels } from './pixels.ts';

/**
 * Replaces each block of factor × factor pixels by its mean, rounded half up; the blocks at the right
 * and lower edge may be cut.
 *
 * @returns ⌈width / factor⌉ × ⌈height / factor⌉ pixels; the picture itself for a factor of 1
 */
export function reduce(picture: Pixels, factor: number): Pixels {
  if (factor === 1) return picture;
  const { data, width, height, channels } = picture;
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const out = new Uint8Array(columns * rows * channels);
  const stride = width * channels;
  const sums = new Uint32Array(columns * channels);
  for (let row = 0; row < rows; row++) {
    const last = Math.min(height, (row + 1) * factor);
    sums.fill(0);
    for (let y = row * factor; y < last; y++)
      addRow(data, y * stride, width, channels, factor, sums);
    const tall = last - row * factor;
    for (let column = 0; column < columns; column++) {
      const area = tall * Math.min(factor, width - column * factor);
      for (let c = 0; c < channels; c++) {
        const at = column * channels + c;
        out[row * columns * channels + at] = ((sums[at] as number) + area / 2) / area;
      }
    }
  }
  return { data: out, width: columns, height: rows, channels };
}

/** Adds the pixels of one row to the sums of their blocks. */
function addRow(
  data: Pixels['data'],
  start: number,
  width: number,
  channels: number,
  factor: number,
  sums: Uint32Array,
): void {
  let read = start;
  for (let from = 0, at = 0; from < width; from += factor, at += channels) {
    const to = read + Math.min(factor, width - from) * channels;
    if (channels === 3) {
      let [r, g, b] = [0, 0, 0];
      for (; read < to; read += 3) {
        r += data[read] as number;
        g += data[read + 1] as number;
        b += data[read + 2] as number;
      }
      sums[at] = (sums[at] as number) + r;
      sums[at + 1] = (sums[at + 1] as number) + g;
      sums[at + 2] = (sums[at + 2] as number) + b;
    } else {
      for (; read < to; read += channels) {
        for (let c = 0; c < channels; c++) {
          sums[at + c] = (sums[at + c] as number) + (data[read + c] as number);
        }
      }
    }
  }
}
