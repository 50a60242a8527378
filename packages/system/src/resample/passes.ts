import type { Pixels } from '@latentkit/core';
import {
  type KernelMemory,
  type LineWeights,
  loadKernel,
  PASSES,
  type ResamplingPasses,
} from '@latentkit/core/runtime';
import { RESAMPLE_BYTES } from './resample-bytes.ts';

/** The functions of resample.wat. */
interface ResampleKernel {
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
/** Memory of WebAssembly is never given back: larger pictures go without it. */
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

function withKernel(kernel: ResampleKernel & KernelMemory): ResamplingPasses {
  const { memory } = kernel;

  /**
   * Puts table and picture into the kernel's memory, and takes from it what `work` wrote.
   *
   * @returns undefined where they take more memory than they may
   */
  const run = (
    table: Int32Array,
    input: Pixels['data'],
    outBytes: number,
    work: (at: { readonly input: number; readonly out: number; readonly tableEnd: number }) => void,
  ): Uint8Array | undefined => {
    const tableEnd = table.byteLength;
    const out = tableEnd + input.length + OVERHANG;
    const needed = out + outBytes + OVERHANG;
    if (needed > MAX_BYTES) return undefined;
    const missing = needed - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 2 ** 16));
    new Int32Array(memory.buffer, 0, table.length).set(table);
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(input, tableEnd);
    work({ input: tableEnd, out, tableEnd });
    return bytes.slice(out, out + outBytes);
  };

  return {
    rows(picture, weights) {
      const { data, height, channels } = picture;
      const width = weights.first.length;
      const stride = picture.width * channels;
      const made = run(
        rememberedTable(weights, channels),
        data,
        width * height * channels,
        ({ input, out }) =>
          kernel.rows(
            input,
            input + stride * height,
            stride,
            0,
            4 * (HEAD + weights.size),
            width,
            channels,
            out,
          ),
      );
      return made ? { data: made, width, height, channels } : PASSES.rows(picture, weights);
    },
    columns(picture, weights) {
      const { data, width, channels } = picture;
      const height = weights.first.length;
      const stride = width * channels;
      const made = run(rememberedTable(weights, stride), data, stride * height, (at) =>
        kernel.columns(at.input, stride, 0, at.tableEnd, 4 * (HEAD + weights.size), at.out),
      );
      return made ? { data: made, width, height, channels } : PASSES.columns(picture, weights);
    },
  };
}

let passes: ResamplingPasses | undefined;

/** Passes of resampling by WebAssembly, several times faster than core's and to the byte the same; core's where there is none. */
export function resamplingPasses(): ResamplingPasses {
  if (!passes) {
    const kernel = loadKernel<ResampleKernel>(RESAMPLE_BYTES);
    passes = kernel ? withKernel(kernel) : PASSES;
  }
  return passes;
}
