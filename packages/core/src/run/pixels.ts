import { sizeOf, type Tensor } from '../tensor.ts';
import { fillOutputs } from './named-tensors.ts';
import { allocateRows, sliceRows } from './rows.ts';
import type { GraphRunner, GraphRunOptions, NamedTensors, PixelScale } from './runner.ts';
import { widen } from './widen.ts';

export type Pixels = Uint8Array | Uint8ClampedArray;

/** Fewer pixels are converted as fast one by one. */
const WORTHWHILE = 256;

/** Writes pixel · scale + offset of each pixel. `out` has their length. */
export function writePixels(pixels: Pixels, scale: PixelScale, out: Float32Array): void {
  if (pixels.length >= WORTHWHILE && widen(pixels, scale, out)) return;
  const values = valuesOf(scale);
  for (let i = 0; i < pixels.length; i++) out[i] = values[pixels[i] as number] as number;
}

let last: { readonly key: PixelScale; readonly values: Float32Array } | undefined;

/** The value of each of the 256 pixels. */
function valuesOf(key: PixelScale): Float32Array {
  if (last?.key !== key) {
    const { scale, offset } = key;
    const values = Float32Array.from({ length: 256 }, (_, pixel) => pixel * scale + offset);
    last = { key, values };
  }
  return last.values;
}

/**
 * Floats that are made of pixels at a time: 256 KiB, which with the pixels stay in the second-level cache
 * of one core until the graph reads them; with four times as many the conversion takes four times as long.
 */
const FLOATS_AT_A_TIME = 2 ** 16;

/** Runs a graph of floats in this thread, also on pixels; see {@link GraphRunOptions.pixels}. */
export function pixelRunner(runner: GraphRunner): GraphRunner['run'] {
  let scratch: Float32Array | undefined;
  return async (feeds, { pixels, ...options } = {}) => {
    if (!pixels) return runner.run(feeds, options);
    const [count, rowSize] = pixelRows(feeds);
    const step = Math.max(1, Math.min(count, Math.floor(FLOATS_AT_A_TIME / rowSize)));
    // A run that goes on at the same time finds none, and makes one of its own.
    const floats =
      scratch && scratch.length >= step * rowSize ? scratch : new Float32Array(step * rowSize);
    scratch = undefined;
    let whole = options.outputs;
    for (let from = 0; from < count; from += step) {
      const to = Math.min(from + step, count);
      const part = toFloats(sliceRows(feeds, from, to), pixels, floats);
      const outputs = whole && sliceRows(whole, from, to);
      const made = await runner.run(part, { ...options, outputs });
      if (outputs) fillOutputs(outputs, made);
      if (step === count) whole = made;
      else whole ??= allocateRows(made, to, count);
    }
    scratch = floats;
    return whole as NamedTensors;
  };
}

/** The number of rows, and the pixels of a row in all feeds together. */
function pixelRows(feeds: NamedTensors): [number, number] {
  let count = 1;
  let rowSize = 0;
  for (const { dims, dtype } of Object.values(feeds)) {
    if (dtype !== 'uint8') continue;
    const [rows = 1, ...row] = dims;
    count = rows;
    rowSize += sizeOf(row);
  }
  return [count, rowSize];
}

function toFloats(feeds: NamedTensors, scale: PixelScale, memory: Float32Array): NamedTensors {
  const floats: Record<string, Tensor> = {};
  let used = 0;
  for (const name in feeds) {
    const feed = feeds[name] as Tensor;
    floats[name] = feed;
    if (feed.dtype !== 'uint8') continue;
    const data = memory.subarray(used, used + feed.data.length);
    used += data.length;
    writePixels(feed.data as Uint8Array, scale, data);
    floats[name] = { data, dims: feed.dims, dtype: 'float32' };
  }
  return floats;
}
