import { loadKernel } from './kernels/load-kernel.ts';
import { VALUE_RANGE_BYTES } from './kernels/value-range-bytes.ts';

/** The largest finite float32. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** The index of the first value that is NaN or infinite, or −1. */
export function firstNotFinite(values: Float32Array): number {
  return firstOutside(values, -MAX_FLOAT32, MAX_FLOAT32);
}

/**
 * The index of the first value that is not in [low, high] (NaN never is), or −1.
 *
 * Every batch passes through here, and beside a small network that takes 4 µs an item a scalar loop
 * would cost a tenth of the run. Long arrays are therefore scanned by SIMD instructions, piece by
 * piece in a scrap of WebAssembly memory; the scalar loop finds the exact place, and does all the
 * work where WebAssembly is not allowed.
 */
export function firstOutside(values: Float32Array, low: number, high: number): number {
  const sound = values.length >= WORTHWHILE ? soundPieces(values, low, high) : 0;
  for (let i = sound; i < values.length; i++) {
    const value = values[i] as number;
    // The negation also catches NaN.
    if (!(value >= low && value <= high)) return i;
  }
  return -1;
}

/** Shorter arrays are scanned as fast by the scalar loop. */
const WORTHWHILE = 64;

/** Floats scanned at a time: 8 KiB, which with its source fits the first-level cache of any processor. */
const PIECE = 2048;

/** How many of the values from the start are in the range for sure. */
function soundPieces(values: Float32Array, low: number, high: number): number {
  // The scan knows ranges around 0. Bounds that a float32 cannot hold would be rounded; the scalar
  // loop compares in double precision.
  const scannable = low <= 0 && high >= 0 && Math.fround(low) === low && Math.fround(high) === high;
  const { scan, memory } = scannable ? scannerFor(values.length) : NO_SCANNER;
  if (!scan) return 0;
  // −0 stands for 0: it is the first of the negative floats.
  const [lowBits, highBits] = [bitsOf(low || -0), bitsOf(high || 0)];
  let end = 0;
  for (;;) {
    // The scan takes sixteen at a time; the scalar loop does the rest.
    const length = Math.min(PIECE, (values.length - end) & ~15);
    if (length === 0) break;
    memory.set(values.subarray(end, end + length));
    if (scan(length * 4, lowBits, highBits) === 0) break;
    end += length;
  }
  return end;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** In memory of its own: to make some anew takes longer than to scan a thousand floats. */
function bitsOf(value: number): number {
  float[0] = value;
  return bits[0] as number;
}

interface Scanner {
  /**
   * 1 if every float in the first `bytes` bytes of the memory (a multiple of 64) is in a range around
   * 0, given by the bits of its ends.
   */
  readonly scan: ((bytes: number, low: number, high: number) => number) | undefined;
  readonly memory: Float32Array;
}

/** Where WebAssembly is not allowed, or cannot be used. */
const NO_SCANNER: Scanner = { scan: undefined, memory: new Float32Array(0) };

/** Floats that the scalar loop reads in the time that it takes to make the scanner. */
const UNTIL_LOADED = 4096;

let loaded: Scanner | undefined;
let seen = 0;

/** Made once it is worth its making: a program that embeds a single item ends before. */
function scannerFor(length: number): Scanner {
  seen += length;
  if (seen >= UNTIL_LOADED) loaded ??= loadScanner();
  return loaded ?? NO_SCANNER;
}

function loadScanner(): Scanner {
  const kernel = loadKernel<{ readonly scan: NonNullable<Scanner['scan']> }>(VALUE_RANGE_BYTES);
  if (!kernel) return NO_SCANNER;
  return { scan: kernel.scan, memory: new Float32Array(kernel.memory.buffer) };
}
