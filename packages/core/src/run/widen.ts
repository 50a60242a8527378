import { loadKernel } from '../kernels/load-kernel.ts';
import { WIDEN_BYTES } from '../kernels/widen-bytes.ts';
import type { PixelScale } from './runner.ts';

/** Pixels made floats at a time: with them 20 KiB, which fit the first-level cache of any processor. */
const PIECE = 4096;

/** Where the floats lie in the kernel's memory, behind the pixels. */
const FLOATS_AT = 16384;

interface Kernel {
  /** Writes pixel · scale + offset for the pixels up to `end`, eight at a time. */
  readonly widen: (end: number, scale: number, offset: number) => void;
  readonly pixels: Uint8Array;
  readonly floats: Float32Array;
}

/** Undefined before the first use; null where WebAssembly is not allowed, or has no SIMD. */
let kernel: Kernel | null | undefined;

/**
 * Writes pixel · scale + offset of each pixel, computed in double precision and rounded once, by SIMD
 * instructions: beside a small network a scalar loop takes a third of the run.
 *
 * @returns false, and writes nothing, where there are no such instructions
 */
export function widen(
  pixels: Uint8Array | Uint8ClampedArray,
  { scale, offset }: PixelScale,
  out: Float32Array,
): boolean {
  if (kernel === undefined) kernel = openKernel();
  if (!kernel) return false;
  for (let from = 0; from < pixels.length; from += PIECE) {
    const length = Math.min(PIECE, pixels.length - from);
    kernel.pixels.set(pixels.subarray(from, from + length));
    kernel.widen(length, scale, offset);
    out.set(kernel.floats.subarray(0, length), from);
  }
  return true;
}

function openKernel(): Kernel | null {
  const opened = loadKernel<Pick<Kernel, 'widen'>>(WIDEN_BYTES);
  if (!opened) return null;
  const { widen, memory } = opened;
  return {
    widen,
    pixels: new Uint8Array(memory.buffer, 0, PIECE),
    floats: new Float32Array(memory.buffer, FLOATS_AT, PIECE),
  };
}
