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
const WORTHWHILE = 2048;

/** Floats scanned at a time: 16 KiB, which with its source fits the first-level cache of any processor. */
const PIECE = 4096;

/** How many of the values from the start are in the range for sure. */
function soundPieces(values: Float32Array, low: number, high: number): number {
  // Bounds that a float32 cannot hold would be rounded; the scalar loop compares in double precision.
  if (Math.fround(low) !== low || Math.fround(high) !== high) return 0;
  const { scan, memory } = scanner();
  if (!scan) return 0;
  let end = 0;
  for (;;) {
    // The scan takes eight at a time; the scalar loop does the rest.
    const length = Math.min(PIECE, (values.length - end) & ~7);
    if (length === 0) break;
    memory.set(values.subarray(end, end + length));
    if (scan(length * 4, low, high) === 0) break;
    end += length;
  }
  return end;
}

interface Scanner {
  /** 1 if every float in the first `bytes` bytes of the memory (a multiple of 32) is in [low, high]. */
  readonly scan: ((bytes: number, low: number, high: number) => number) | undefined;
  readonly memory: Float32Array;
}

/** The part of the standard global that is needed: not every set of type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

let loaded: Scanner | undefined;

function scanner(): Scanner {
  loaded ??= loadScanner();
  return loaded;
}

function loadScanner(): Scanner {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE));
    const { scan, memory } = exports as {
      scan: NonNullable<Scanner['scan']>;
      memory: { readonly buffer: ArrayBuffer };
    };
    return { scan, memory: new Float32Array(memory.buffer) };
  } catch {
    // A content security policy without 'wasm-unsafe-eval', or an engine without SIMD.
    return { scan: undefined, memory: new Float32Array(0) };
  }
}

const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));

/** The module that the comments spell, in the binary format. */
const MODULE = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // (module
    [0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7d, 0x7d, 0x01, 0x7f], // types: i32 f32 f32 → i32
    [0x03, 0x02, 0x01, 0x00], // one function of it
    [0x05, 0x03, 0x01, 0x00, 0x01], // (memory 1)
    [0x07, 0x11, 0x02], // exports:
    [0x06, ...ascii('memory'), 0x02, 0x00], //   "memory"
    [0x04, ...ascii('scan'), 0x00, 0x00], //   "scan"
    [0x0a, 0x74, 0x01, 0x72], // (func $scan (param $end i32) (param $low f32) (param $high f32) (result i32)
    [0x02, 0x01, 0x7f, 0x03, 0x7b], //   (local $i i32) (local $lows v128) (local $highs v128) (local $ok v128)
    [0x20, 0x01, 0xfd, 0x13, 0x21, 0x04], //   $lows = f32x4.splat $low
    [0x20, 0x02, 0xfd, 0x13, 0x21, 0x05], //   $highs = f32x4.splat $high
    [0xfd, 0x0c, ...Array<number>(16).fill(0xff), 0x21, 0x06], //   $ok = v128.const, all bits 1
    [0x03, 0x40], //   (loop
    [0x20, 0x06], //     $ok and (
    [0x20, 0x03, 0xfd, 0x00, 0x04, 0x00, 0x20, 0x04, 0xfd, 0x46], //       v128.load $i f32x4.ge $lows
    [0x20, 0x03, 0xfd, 0x00, 0x04, 0x00, 0x20, 0x05, 0xfd, 0x45], //       v128.load $i f32x4.le $highs
    [0xfd, 0x4e, 0xfd, 0x4e, 0x21, 0x06], //       v128.and), into $ok
    [0x20, 0x06], //     the same for the 16 bytes behind
    [0x20, 0x03, 0xfd, 0x00, 0x04, 0x10, 0x20, 0x04, 0xfd, 0x46],
    [0x20, 0x03, 0xfd, 0x00, 0x04, 0x10, 0x20, 0x05, 0xfd, 0x45],
    [0xfd, 0x4e, 0xfd, 0x4e, 0x21, 0x06],
    [0x20, 0x03, 0x41, 0x20, 0x6a, 0x22, 0x03], //     $i += 32
    [0x20, 0x00, 0x49, 0x0d, 0x00, 0x0b], //     br_if loop ($i < $end))
    [0x20, 0x06, 0xfd, 0xa3, 0x01, 0x0b], //   i32x4.all_true $ok))
  ].flat(),
);
