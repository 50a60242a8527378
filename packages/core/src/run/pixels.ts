import type { Tensor } from '../tensor.ts';
import type { BufferStore } from './buffer-store.ts';
import type { GraphRunner, GraphRunOptions, NamedTensors, PixelScale } from './runner.ts';

export type Pixels = Uint8Array | Uint8ClampedArray;

/** Writes pixel · scale + offset of each pixel. `out` has their length. */
export function writePixels(pixels: Pixels, scale: PixelScale, out: Float32Array): void {
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
 * Runs a graph in this thread; feeds of pixels become floats, in memory that is used again for the next.
 */
export async function runLocally(
  runner: GraphRunner,
  feeds: NamedTensors,
  { pixels, ...options }: GraphRunOptions,
  store: BufferStore,
): Promise<NamedTensors> {
  if (!pixels) return runner.run(feeds, options);
  const floats: Record<string, Tensor> = {};
  const lent: Float32Array[] = [];
  for (const name in feeds) {
    const feed = feeds[name] as Tensor;
    floats[name] = feed;
    if (feed.dtype !== 'uint8') continue;
    const bytes = feed.data.length * Float32Array.BYTES_PER_ELEMENT;
    const data = new Float32Array(store.take(bytes) ?? new ArrayBuffer(bytes));
    writePixels(feed.data as Uint8Array, pixels, data);
    lent.push(data);
    floats[name] = { data, dims: feed.dims, dtype: 'float32' };
  }
  try {
    return await runner.run(floats, options);
  } finally {
    for (const { buffer } of lent) store.keep(buffer as ArrayBuffer);
  }
}
