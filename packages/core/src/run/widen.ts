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

/** The part of the standard global that is needed: not every set of type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

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
  if (kernel === undefined) kernel = loadKernel();
  if (!kernel) return false;
  for (let from = 0; from < pixels.length; from += PIECE) {
    const length = Math.min(PIECE, pixels.length - from);
    kernel.pixels.set(pixels.subarray(from, from + length));
    kernel.widen(length, scale, offset);
    out.set(length === PIECE ? kernel.floats : kernel.floats.subarray(0, length), from);
  }
  return true;
}

function loadKernel(): Kernel | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
    const { widen, memory } = exports as {
      widen: Kernel['widen'];
      memory: { readonly buffer: ArrayBuffer };
    };
    return {
      widen,
      pixels: new Uint8Array(memory.buffer, 0, PIECE),
      floats: new Float32Array(memory.buffer, FLOATS_AT, PIECE),
    };
  } catch {
    // A content security policy without 'wasm-unsafe-eval', or an engine without SIMD.
    return null;
  }
}

/** The module that the comments spell, in the binary format. */
function assemble(): Uint8Array {
  const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
  const [end, scale, offset, at, bytes, four, low] = [0, 1, 2, 3, 4, 5, 6];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const tee = (local: number) => [0x22, local];
  /** (f32x4.demote_f64x2_zero (f64x2.add (f64x2.mul (f64x2.convert_low_i32x4_s …) splat $scale) splat $offset)) */
  const scaled = [
    [0xfd, 0xfe, 0x01],
    [...get(scale), 0xfd, 0x14, 0xfd, 0xf2, 0x01],
    [...get(offset), 0xfd, 0x14, 0xfd, 0xf0, 0x01],
    [0xfd, 0x5e],
  ].flat();
  const lanes = (...first: number[]) => first.flatMap((lane) => [0, 1, 2, 3].map((k) => lane + k));
  /** Makes four floats of the four integers `half` takes of $bytes, and stores them. */
  const store = (half: readonly number[], memoryOffset: readonly number[]) => [
    [...get(at), 0x41, 0x02, 0x74], // $at << 2, where they go
    [...get(bytes), ...half, ...tee(four)], // $four = i32x4.extend_low/high_i16x8_u $bytes
    [...scaled, ...set(low)], // $low = the first two, scaled
    [...get(low), ...get(four), ...get(four), 0xfd, 0x0d, ...lanes(8, 12, 8, 12), ...scaled], // the last two
    [0xfd, 0x0d, ...lanes(0, 4, 16, 20)], // i8x16.shuffle: $low and these
    [0xfd, 0x0b, 0x04, ...memoryOffset], // v128.store
  ];
  const body = [
    [0x02, 0x01, 0x7f, 0x03, 0x7b], // (local $at i32) (local $bytes $four $low v128)
    [0x03, 0x40], // (loop
    [...get(at), 0xfd, 0x02, 0x03, 0x00, ...set(bytes)], //   $bytes = v128.load8x8_u $at
    ...store([0xfd, 0xa9, 0x01], [0x80, 0x80, 0x01]), //   at FLOATS_AT
    ...store([0xfd, 0xaa, 0x01], [0x90, 0x80, 0x01]), //   at FLOATS_AT + 16
    [...get(at), 0x41, 0x08, 0x6a, ...tee(at)], //   $at += 8
    [...get(end), 0x49, 0x0d, 0x00, 0x0b, 0x0b], //   br_if loop ($at < $end))
  ].flat();
  const size = [(body.length & 0x7f) | 0x80, body.length >> 7];
  const section = [((body.length + 3) & 0x7f) | 0x80, (body.length + 3) >> 7];
  return Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // (module
      [0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7c, 0x7c, 0x00], // types: i32 f64 f64 →
      [0x03, 0x02, 0x01, 0x00], // one function of it
      [0x05, 0x03, 0x01, 0x00, 0x01], // (memory 1)
      [0x07, 0x12, 0x02], // exports:
      [0x06, ...ascii('memory'), 0x02, 0x00], //   "memory"
      [0x05, ...ascii('widen'), 0x00, 0x00], //   "widen"
      [0x0a, ...section, 0x01, ...size, ...body], // (func $widen (param $end i32) (param $scale $offset f64)
    ].flat(),
  );
}
