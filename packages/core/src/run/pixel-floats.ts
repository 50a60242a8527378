import { loadKernel } from '../kernels/load-kernel.ts';
import { WIDEN_BYTES } from '../kernels/widen-bytes.ts';
import type { PixelScale } from './runner.ts';

export type Pixels = Uint8Array | Uint8ClampedArray;

/** Pixels that the kernel takes at a time; it writes as many floats, also of the last few. */
const LANES = 8;

type Widen = (at: number, end: number, to: number, scale: number, offset: number) => void;

interface Kernel {
  readonly widen: Widen;
  readonly pixels: Uint8Array;
  readonly floats: Float32Array;
}

/**
 * Floats made of pixels, in memory that is used again: the kernel writes them where a graph reads them. To write
 * them elsewhere and copy takes half as long again, and three times as long from half a megabyte on.
 */
export class PixelFloats {
  /** The floats that there is room for. */
  readonly capacity: number;
  readonly #kernel: Kernel | undefined;
  readonly #floats: Float32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#kernel = openKernel(capacity);
    this.#floats = this.#kernel?.floats ?? new Float32Array(capacity);
  }

  /**
   * The value pixel · scale + offset of each pixel, computed in double precision and rounded once, by SIMD
   * instructions where there are any: beside a small network a loop takes a third of the run.
   *
   * @param from floats of this memory before them: those behind them may be written over, and are made later
   * @returns a view of this memory
   */
  make(pixels: Pixels, scale: PixelScale, from = 0): Float32Array {
    const made = this.#floats.subarray(from, from + pixels.length);
    const kernel = this.#kernel;
    if (kernel) {
      kernel.pixels.set(pixels);
      kernel.widen(0, pixels.length, made.byteOffset, scale.scale, scale.offset);
    } else {
      for (let i = 0; i < pixels.length; i++) {
        made[i] = (pixels[i] as number) * scale.scale + scale.offset;
      }
    }
    return made;
  }
}

/** Floats that are made at a time where they are copied: 16 KiB, which fit the first-level cache. */
const PIECE = 4096;

let piece: PixelFloats | undefined;

/** Writes pixel · scale + offset of each pixel. `out` has their length. */
export function writePixels(pixels: Pixels, scale: PixelScale, out: Float32Array): void {
  piece ??= new PixelFloats(PIECE);
  for (let from = 0; from < pixels.length; from += PIECE) {
    out.set(piece.make(pixels.subarray(from, from + PIECE), scale), from);
  }
}

function openKernel(capacity: number): Kernel | undefined {
  const room = (Math.ceil(capacity / LANES) + 1) * LANES;
  const kernel = loadKernel<{ readonly widen: Widen }>(WIDEN_BYTES, 5 * room);
  if (!kernel) return undefined;
  const { widen, memory } = kernel;
  return {
    widen,
    pixels: new Uint8Array(memory.buffer, 0, capacity),
    floats: new Float32Array(memory.buffer, room, capacity),
  };
}
