import { sizeOf, type Tensor } from '../tensor.ts';
import { fillOutputs } from './named-tensors.ts';
import { PixelFloats, type Pixels } from './pixel-floats.ts';
import { allocateRows, sliceRows } from './rows.ts';
import type { GraphRunner, GraphRunOptions, NamedTensors, PixelScale } from './runner.ts';

/**
 * Floats that are made of pixels at a time: 4 MiB. With fewer, what a run takes beside its rows counts; with more,
 * they do not stay in the last-level cache until the graph reads them.
 */
const FLOATS_AT_A_TIME = 2 ** 20;

/**
 * Of this thread, for the runs of all graphs: one at a time finds it, and another makes one of its own. Neither that
 * of a huge item is kept, nor that of a failed run, which may still be read.
 */
let spare: PixelFloats | undefined;

function takeFloats(capacity: number): PixelFloats {
  const floats = spare && spare.capacity >= capacity ? spare : new PixelFloats(capacity);
  spare = undefined;
  return floats;
}

/** Runs a graph of floats in this thread, also on pixels; see {@link GraphRunOptions.pixels}. */
export function pixelRunner(runner: GraphRunner): GraphRunner['run'] {
  return (feeds, options = {}) =>
    options.pixels ? runPixels(runner, feeds, options, options.pixels) : runner.run(feeds, options);
}

async function runPixels(
  runner: GraphRunner,
  feeds: NamedTensors,
  { pixels: _, ...options }: GraphRunOptions,
  scale: PixelScale,
): Promise<NamedTensors> {
  const [count, rowSize] = pixelRows(feeds);
  const step = Math.max(1, Math.min(count, Math.floor(FLOATS_AT_A_TIME / rowSize)));
  const floats = takeFloats(step * rowSize);
  let whole = options.outputs;
  for (let from = 0; from < count; from += step) {
    const to = Math.min(from + step, count);
    const part = toFloats(sliceRows(feeds, from, to), scale, floats);
    const outputs = whole && sliceRows(whole, from, to);
    const made = await runner.run(part, { ...options, outputs });
    if (outputs) fillOutputs(outputs, made);
    if (step === count) whole = made;
    else whole ??= allocateRows(made, to, count);
  }
  if (floats.capacity <= FLOATS_AT_A_TIME) spare = floats;
  return whole as NamedTensors;
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

function toFloats(feeds: NamedTensors, scale: PixelScale, memory: PixelFloats): NamedTensors {
  const floats: Record<string, Tensor> = {};
  let made = 0;
  for (const name in feeds) {
    const feed = feeds[name] as Tensor;
    floats[name] = feed;
    if (feed.dtype !== 'uint8') continue;
    const data = memory.make(feed.data as Pixels, scale, made);
    made += data.length;
    floats[name] = { data, dims: feed.dims, dtype: 'float32' };
  }
  return floats;
}
