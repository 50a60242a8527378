import type { Pixels } from './pixels.ts';

/** A part of a picture, in pixels; edges may lie within pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Kernels by which pictures are resampled: one, so that a model meets the same pixels everywhere. */
export const KERNELS = ['cubic'] as const;

/** Keys, "Cubic convolution interpolation for digital image processing" (1981), eq. 4 with a = −½. */
const A = -0.5;
const SUPPORT = 2;

/** For |x| ≤ {@link SUPPORT}, beyond which it is 0. */
function cubic(x: number): number {
  const t = Math.abs(x);
  return t < 1 ? ((A + 2) * t - (A + 3)) * t * t + 1 : (((t - 5) * t + 8) * t - 4) * A;
}

/** Fractional bits of the weights: 8-bit values times them, summed, stay within 32 bits. */
const BITS = 22;

/** What each value of an output line is made of: `weights[i · size + j]` of the pixel `first[i] + j`. */
export interface LineWeights {
  readonly size: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** What brings the lines of a picture to another size, along an axis each: as many as there are weights of. */
export interface ResamplingPasses {
  readonly rows: (picture: Pixels, weights: LineWeights) => Pixels;
  readonly columns: (picture: Pixels, weights: LineWeights) => Pixels;
}

/**
 * Brings a part of a picture to another size, antialiased: each output value is the weighted mean of
 * the pixels within two output (or, when enlarging, input) pixels of its centre, with the weights of
 * the cubic kernel stretched by the shrink factor, rounded to 2⁻²²; columns first, then rows, each
 * rounded half up and clipped to 8 bits. The bytes are those of Pillow's
 * `Image.resize(size, Image.Resampling.BICUBIC, box)`. An alpha channel is weighted like any other:
 * multiply it in before.
 *
 * @param passes what does it in the place of plain JavaScript, to the byte the same
 */
export function resample(
  picture: Pixels,
  width: number,
  height: number,
  box: Box = { left: 0, top: 0, right: picture.width, bottom: picture.height },
  { rows = resampleRows, columns = resampleColumns }: Partial<ResamplingPasses> = {},
): Pixels {
  const across = lineWeights(picture.width, box.left, box.right, width);
  const wide = across ? rows(picture, across) : picture;
  const down = lineWeights(picture.height, box.top, box.bottom, height);
  return down ? columns(wide, down) : wide;
}

const remembered = new Map<string, LineWeights>();
/** Pictures of one data set have few sizes; a bound all the same. */
const REMEMBERED = 64;

/** @returns undefined where a line stays as it is */
function lineWeights(size: number, from: number, to: number, out: number): LineWeights | undefined {
  if (from === 0 && to === size && out === size) return undefined;
  const key = `${size} ${from} ${to} ${out}`;
  const known = remembered.get(key);
  if (known) return known;
  const made = makeWeights(size, from, to, out);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(key, made);
  return made;
}

function makeWeights(inSize: number, from: number, to: number, outSize: number): LineWeights {
  const scale = (to - from) / outSize;
  const stretch = Math.max(1, scale);
  const support = SUPPORT * stretch;
  const size = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * size);
  const line = new Float64Array(size);
  for (let i = 0; i < outSize; i++) {
    const centre = from + (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(inSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let j = 0; j < high - low; j++) {
      line[j] = cubic((j + low - centre + 0.5) * (1 / stretch));
      sum += line[j] as number;
    }
    first[i] = low;
    count[i] = high - low;
    for (let j = 0; j < high - low; j++) {
      const weight = (line[j] as number) * (1 / sum);
      weights[i * size + j] = Math.trunc(weight * 2 ** BITS + (weight < 0 ? -0.5 : 0.5));
    }
  }
  return { size, first, count, weights };
}

const HALF = 1 << (BITS - 1);

function resampleRows(picture: Pixels, { size, first, count, weights }: LineWeights): Pixels {
  const { data, height, channels } = picture;
  const width = first.length;
  const out = new Uint8ClampedArray(width * height * channels);
  const stride = picture.width * channels;
  let write = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const start = y * stride + (first[x] as number) * channels;
      const from = x * size;
      const taps = count[x] as number;
      if (channels === 3) {
        // The usual case, with its sums in registers.
        let r = HALF;
        let g = HALF;
        let b = HALF;
        for (let j = 0, read = start; j < taps; j++, read += 3) {
          const weight = weights[from + j] as number;
          r = (r + Math.imul(data[read] as number, weight)) | 0;
          g = (g + Math.imul(data[read + 1] as number, weight)) | 0;
          b = (b + Math.imul(data[read + 2] as number, weight)) | 0;
        }
        out[write] = r >> BITS;
        out[write + 1] = g >> BITS;
        out[write + 2] = b >> BITS;
        write += 3;
        continue;
      }
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let j = 0, read = start + c; j < taps; j++, read += channels) {
          sum = (sum + Math.imul(data[read] as number, weights[from + j] as number)) | 0;
        }
        out[write++] = sum >> BITS;
      }
    }
  }
  return { data: new Uint8Array(out.buffer), width, height, channels };
}

function resampleColumns(picture: Pixels, { size, first, count, weights }: LineWeights): Pixels {
  const { data, width, channels } = picture;
  const height = first.length;
  const stride = width * channels;
  const out = new Uint8ClampedArray(stride * height);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    const taps = count[y] as number;
    // Row after row, as they lie in memory.
    for (let j = 0; j < taps; j++) {
      const weight = weights[y * size + j] as number;
      const start = ((first[y] as number) + j) * stride;
      for (let i = 0; i < stride; i++) {
        sums[i] = (sums[i] as number) + Math.imul(data[start + i] as number, weight);
      }
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = (sums[i] as number) >> BITS;
  }
  return { data: new Uint8Array(out.buffer), width, height, channels };
}
