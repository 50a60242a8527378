/** The largest finite float32. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

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

/** Floats scanned at a time: 8 KiB, which with its source fits the first-level cache of any processor. */
const PIECE = 2048;

/** How many of the values from the start are in the range for sure. */
function soundPieces(values: Float32Array, low: number, high: number): number {
  // The scan knows ranges around 0. Bounds that a float32 cannot hold would be rounded; the scalar
  // loop compares in double precision.
  const scannable = low <= 0 && high >= 0 && Math.fround(low) === low && Math.fround(high) === high;
  const { scan, memory } = scannable ? scanner() : NO_SCANNER;
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

function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] as number;
}

interface Scanner {
  /**
   * 1 if every float in the first `bytes` bytes of the memory (a multiple of 64) is in a range around
   * 0, given by the bits of its ends.
   *
   * Floats are compared by their bits, which takes half the work: as signed integers, the positive
   * ones come in order, with NaN last, after all the negative ones; as unsigned integers, the negative
   * ones come in reverse order, with NaN last, after all the positive ones. So the signed maximum
   * tells whether any is above the range, and the unsigned maximum whether any is below.
   */
  readonly scan: ((bytes: number, low: number, high: number) => number) | undefined;
  readonly memory: Float32Array;
}

/** Where WebAssembly is not allowed, or cannot be used. */
const NO_SCANNER: Scanner = { scan: undefined, memory: new Float32Array(0) };

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
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
    const { scan, memory } = exports as {
      scan: NonNullable<Scanner['scan']>;
      memory: { readonly buffer: ArrayBuffer };
    };
    return { scan, memory: new Float32Array(memory.buffer) };
  } catch {
    // A content security policy without 'wasm-unsafe-eval', or an engine without SIMD.
    return NO_SCANNER;
  }
}

/** The module that the comments spell, in the binary format. */
function assemble(): Uint8Array {
  const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
  /** Takes 16 bytes at an offset into the maxima, signed and unsigned, of one of two chains. */
  const take = (offset: number, signed: number, unsigned: number) => [
    [0x20, 0x03, 0xfd, 0x00, 0x04, offset, 0x22, 0x08], // $v = v128.load offset=… $i
    [0x20, signed, 0xfd, 0xb8, 0x01, 0x21, signed], // $signed = i32x4.max_s $v $signed
    [0x20, 0x08, 0x20, unsigned, 0xfd, 0xb9, 0x01, 0x21, unsigned], // $unsigned = i32x4.max_u $v $unsigned
  ];
  return Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // (module
      [0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x01, 0x7f], // types: i32 i32 i32 → i32
      [0x03, 0x02, 0x01, 0x00], // one function of it
      [0x05, 0x03, 0x01, 0x00, 0x01], // (memory 1)
      [0x07, 0x11, 0x02], // exports:
      [0x06, ...ascii('memory'), 0x02, 0x00], //   "memory"
      [0x04, ...ascii('scan'), 0x00, 0x00], //   "scan"
      [0x0a, 0xa4, 0x01, 0x01, 0xa1, 0x01], // (func $scan (param $end i32) (param $low i32) (param $high i32) (result i32)
      [0x02, 0x01, 0x7f, 0x05, 0x7b], //   (local $i i32) (local $s0 $u0 $s1 $u1 $v v128)
      [0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0xfd, 0x11, 0x22, 0x04, 0x21, 0x06], //   $s0 = $s1 = i32x4.splat −2³¹
      [0x03, 0x40], //   (loop
      ...take(0x00, 0x04, 0x05),
      ...take(0x10, 0x06, 0x07),
      ...take(0x20, 0x04, 0x05),
      ...take(0x30, 0x06, 0x07),
      [0x20, 0x03, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0x03], //     $i += 64
      [0x20, 0x00, 0x49, 0x0d, 0x00, 0x0b], //     br_if loop ($i < $end))
      [0x20, 0x04, 0x20, 0x06, 0xfd, 0xb8, 0x01], //   (i32x4.max_s $s0 $s1
      [0x20, 0x02, 0xfd, 0x11, 0xfd, 0x3b], //     i32x4.gt_s splat $high) or
      [0x20, 0x05, 0x20, 0x07, 0xfd, 0xb9, 0x01], //   (i32x4.max_u $u0 $u1
      [0x20, 0x01, 0xfd, 0x11, 0xfd, 0x3c], //     i32x4.gt_u splat $low)
      [0xfd, 0x50, 0xfd, 0x53, 0x45, 0x0b], //   not any_true)
    ].flat(),
  );
}
