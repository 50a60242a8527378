/// <reference path="../wasm/webassembly.d.ts" />

import type { Pixels } from '@latentkit/core';
import type { LineWeights, ResamplingPasses } from '@latentkit/core/runtime';
import { RESAMPLE_BYTES } from './resample-bytes.ts';

/** The functions of resample.wat. */
interface ResampleKernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  rows(
    line: number,
    end: number,
    stride: number,
    table: number,
    entry: number,
    width: number,
    channels: number,
    out: number,
  ): void;
  columns(
    input: number,
    stride: number,
    table: number,
    end: number,
    entry: number,
    out: number,
  ): void;
}

/** Bytes behind what is read and written, into which the kernel's vectors may reach. */
const OVERHANG = 16;
/** Memory of WebAssembly is given back with its module alone: one that has grown beyond this is left behind. */
const MAX_BYTES = 2 ** 24;

/** Bytes of a table's entry before its weights: where the first pixel is, and how many there are. */
const HEAD = 2;

/** The entries that {@link ResampleKernel} reads, each pixel of a line so many bytes after the one before. */
function tableOf({ size, first, count, weights }: LineWeights, step: number): Int32Array {
  const entry = HEAD + size;
  const table = new Int32Array(first.length * entry);
  for (let i = 0; i < first.length; i++) {
    table[i * entry] = (first[i] as number) * step;
    table[i * entry + 1] = count[i] as number;
    table.set(weights.subarray(i * size, (i + 1) * size), i * entry + HEAD);
  }
  return table;
}

/** Tables of weights that core remembers as well: pictures of one data set have few sizes. */
const tables = new WeakMap<LineWeights, Map<number, Int32Array>>();

function rememberedTable(weights: LineWeights, step: number): Int32Array {
  const known = tables.get(weights) ?? new Map<number, Int32Array>();
  const table = known.get(step) ?? tableOf(weights, step);
  tables.set(weights, known.set(step, table));
  return table;
}

/** Compiled once; null where that cannot be. */
let compiled: WebAssembly.Module | null | undefined;
let kernel: ResampleKernel | undefined;

function compile(): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(Buffer.from(RESAMPLE_BYTES, 'hex'));
  } catch {
    return null;
  }
}

function openKernel(): ResampleKernel {
  const { exports } = new WebAssembly.Instance(compiled as WebAssembly.Module, {});
  return exports as unknown as ResampleKernel;
}

/** Where things lie in the kernel's memory: the table at 0, up to `input`. */
interface Places {
  readonly input: number;
  readonly out: number;
}

/** Puts table and picture into the kernel's memory, and takes from it what `work` wrote. */
function run(
  table: Int32Array,
  picture: Pixels['data'],
  outBytes: number,
  work: (kernel: ResampleKernel, places: Places) => void,
): Uint8Array {
  kernel ??= openKernel();
  const { memory } = kernel;
  const input = table.byteLength;
  const out = input + picture.length + OVERHANG;
  const needed = out + outBytes + OVERHANG;
  const missing = needed - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 2 ** 16));
  new Int32Array(memory.buffer, 0, table.length).set(table);
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(picture, input);
  work(kernel, { input, out });
  if (needed > MAX_BYTES) kernel = undefined;
  return bytes.slice(out, out + outBytes);
}

/**
 * Passes of resampling by WebAssembly, several times faster than core's and to the byte the same.
 *
 * @returns undefined where there is no WebAssembly (`node --jitless`), or none with vectors
 */
export function fastPasses(): ResamplingPasses | undefined {
  if (compiled === undefined) compiled = compile();
  return compiled ? PASSES : undefined;
}

const PASSES: ResamplingPasses = {
  rows({ data, width: inWidth, height, channels }, weights) {
    const width = weights.first.length;
    const stride = inWidth * channels;
    const table = rememberedTable(weights, channels);
    const entry = table.byteLength / width;
    const made = run(table, data, width * height * channels, ({ rows }, { input, out }) =>
      rows(input, input + stride * height, stride, 0, entry, width, channels, out),
    );
    return { data: made, width, height, channels };
  },
  columns({ data, width, channels }, weights) {
    const height = weights.first.length;
    const stride = width * channels;
    const table = rememberedTable(weights, stride);
    const entry = table.byteLength / height;
    const made = run(table, data, stride * height, ({ columns }, { input, out }) =>
      columns(input, stride, 0, table.byteLength, entry, out),
    );
    return { data: made, width, height, channels };
  },
};
