import type { Random } from '@latentkit/core';
import {
  F64,
  I32,
  I64,
  op,
  V128,
  type WasmFunction,
  wasmModule,
  whileBelow,
} from '@latentkit/system/wasm';

/**
 * Fills memory with standard normal numbers, the same to the bit as {@link Random.fillNormal} gives them of a stream that
 * has just begun, in half of the time. The generator's steps are of 64 bits, which JavaScript
 * has to put together of halves, and two pairs are scaled at once.
 */
export function fillNormals(into: Float32Array, random: Random): Float32Array {
  kernel ??= compile();
  if (!kernel) return random.fillNormal(into);
  const { draw, scale, words, normals } = kernel;
  const [high0, low0, high1, low1] = random.state().generator as [number, number, number, number];
  words.set([low0, high0, low1, high1]);
  for (let from = 0; from < into.length; from += 2 * PAIRS) {
    const count = Math.min(2 * PAIRS, into.length - from);
    // Of the last pair one may be left over.
    const end = Math.ceil(count / 2) * BYTES;
    draw(end);
    scale(end);
    into.set(count === 2 * PAIRS ? normals : normals.subarray(0, count), from);
  }
  return into;
}

interface Kernel {
  /** Draws pairs from the unit disc, and their squared radii, up to that many bytes of each. */
  readonly draw: (end: number) => void;
  /** Makes normal deviates of them. */
  readonly scale: (end: number) => void;
  /** The generator's state, the low word of each half first. */
  readonly words: Int32Array;
  readonly normals: Float32Array;
}

/** Null where a page's rules keep WebAssembly from being compiled. */
let kernel: Kernel | null | undefined;

/** Pairs that are drawn before they are scaled: what is drawn stays in the first cache. */
const PAIRS = 512;
/** Of a double. */
const BYTES = 8;

/** Byte offsets: the state first. */
const US = 64;
const VS = US + PAIRS * BYTES;
const RADII = VS + PAIRS * BYTES;
const NORMALS = RADII + PAIRS * BYTES;

function compile(): Kernel | null {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(wasmModule([drawFunction(), scaleFunction()]));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return {
      ...(exports as unknown as Pick<Kernel, 'draw' | 'scale'>),
      words: new Int32Array(memory.buffer, 0, 4),
      normals: new Float32Array(memory.buffer, NORMALS, 2 * PAIRS),
    };
  } catch {
    return null;
  }
}

/** Marsaglia's polar method (Marsaglia & Bray 1964) on numbers from xoroshiro128+ (Blackman & Vigna 2018). */
function drawFunction(): WasmFunction {
  const [end, position, s0, s1, mixed, u, v, radius] = [0, 1, 2, 3, 4, 5, 6, 7];
  /** The low bits of the next number, those of the mask; the high half of the sum is not used. */
  const next = (mask: bigint) => [
    ...[...op.get(s0), ...op.get(s1), ...op.i64Add, ...op.i64Const(mask), ...op.i64And],
    ...[...op.get(s0), ...op.get(s1), ...op.i64Xor, ...op.set(mixed)],
    ...[...op.get(s0), ...op.i64Const(24n), ...op.i64Rotl, ...op.get(mixed), ...op.i64Xor],
    ...[...op.get(mixed), ...op.i64Const(16n), ...op.i64Shl, ...op.i64Xor, ...op.set(s0)],
    ...[...op.get(mixed), ...op.i64Const(37n), ...op.i64Rotl, ...op.set(s1)],
  ];
  /** 2·x − 1 for x in [0, 1) of 53 bits: 27 of one number, 26 of the next. */
  const coordinate = [
    ...[...next(0xffffffe0n), ...op.i64Const(21n), ...op.i64Shl],
    ...[...next(0xffffffc0n), ...op.i64Const(6n), ...op.i64ShrU, ...op.i64Or],
    ...[...op.f64FromI64, ...op.f64Const(2 ** -52), ...op.f64Mul, ...op.f64Const(1), ...op.f64Sub],
  ];
  const store = (value: number, at: number) => [
    ...op.get(position),
    ...op.get(value),
    ...op.f64Store(at),
  ];
  const body = [
    ...[...coordinate, ...op.set(u), ...coordinate, ...op.set(v)],
    ...[...op.get(u), ...op.get(u), ...op.f64Mul, ...op.get(v), ...op.get(v), ...op.f64Mul],
    ...[...op.f64Add, ...op.set(radius)],
    ...[...store(u, US), ...store(v, VS), ...store(radius, RADII)],
    // A pair outside is written over by the next: there is no branch to guess wrong.
    ...[...op.get(radius), ...op.f64Const(0), ...op.f64Gt],
    ...[...op.get(radius), ...op.f64Const(1), ...op.f64Lt, ...op.i32And],
    ...[...op.i32Const(3), ...op.i32Shl, ...op.get(position), ...op.i32Add, ...op.set(position)],
  ];
  return {
    name: 'draw',
    parameters: [I32],
    results: [],
    locals: [I32, I64, I64, I64, F64, F64, F64],
    body: [
      ...[...op.i32Const(0), ...op.i64Load(0), ...op.set(s0)],
      ...[...op.i32Const(0), ...op.i64Load(8), ...op.set(s1)],
      ...whileBelow(position, op.get(end), body),
      ...[...op.i32Const(0), ...op.get(s0), ...op.i64Store(0)],
      ...[...op.i32Const(0), ...op.get(s1), ...op.i64Store(8)],
    ],
  };
}

/** u·√(−2 ln s / s) and v likewise, two pairs at a time, with the logarithm as `portableLog` of core computes it. */
function scaleFunction(): WasmFunction {
  const [end, position, s, exponent, m, above, t, t2, x] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const number = (value: number) => [...op.f64Const(value), ...op.f64x2Splat];
  const bits = (value: bigint) => [...op.i64Const(value), ...op.i64x2Splat];
  /** What an integer below 2⁵² is or-ed with to be the double 2⁵² + it. */
  const upTo52 = 0x433n << 52n;
  const one = 0x3ffn << 52n;
  const powers = [19, 17, 15, 13, 11, 9, 7, 5, 3].flatMap((power) => [
    ...[...number(1 / power), ...op.f64x2Add, ...op.get(t2), ...op.f64x2Mul],
  ]);
  const deviates = (at: number) => [
    ...[...op.get(position), ...op.load(at), ...op.get(x), ...op.f64x2Mul, ...op.demote],
  ];
  const body = [
    ...[...op.get(position), ...op.load(RADII), ...op.set(s)],
    ...[...op.get(s), ...op.i32Const(52), ...op.i64x2ShrU, ...bits(upTo52), ...op.or],
    ...[...number(2 ** 52 + 1023), ...op.f64x2Sub, ...op.set(exponent)],
    ...[...op.get(s), ...bits((1n << 52n) - 1n), ...op.and, ...bits(one), ...op.or, ...op.set(m)],
    // From [1, 2) to [√½, √2): 1 becomes ½ by one bit.
    ...[...op.get(m), ...number(Math.SQRT2), ...op.f64x2Gt, ...op.set(above)],
    ...[...bits(one), ...op.get(above), ...bits(1n << 52n), ...op.and, ...op.andNot],
    ...[...op.get(m), ...op.f64x2Mul, ...op.set(m)],
    ...[...op.get(exponent), ...op.get(above), ...bits(one), ...op.and, ...op.f64x2Add],
    ...op.set(exponent),
    ...[...op.get(m), ...number(1), ...op.f64x2Sub, ...op.get(m), ...number(1), ...op.f64x2Add],
    ...[...op.f64x2Div, ...op.tee(t), ...op.get(t), ...op.f64x2Mul, ...op.set(t2)],
    ...[...number(1 / 21), ...op.get(t2), ...op.f64x2Mul, ...powers],
    ...[...op.get(t), ...op.f64x2Mul, ...op.get(t), ...op.f64x2Add, ...number(2), ...op.f64x2Mul],
    ...[...op.get(exponent), ...number(Math.LN2), ...op.f64x2Mul, ...op.f64x2Add],
    ...[...number(-2), ...op.f64x2Mul, ...op.get(s), ...op.f64x2Div, ...op.f64x2Sqrt, ...op.set(x)],
    ...[...op.get(position), ...deviates(US), ...deviates(VS), ...op.interleaveLow],
    ...op.store(NORMALS),
    ...[...op.get(position), ...op.i32Const(2 * BYTES), ...op.i32Add, ...op.set(position)],
  ];
  return {
    name: 'scale',
    parameters: [I32],
    results: [],
    locals: [I32, V128, V128, V128, V128, V128, V128, V128],
    body: whileBelow(position, op.get(end), body),
  };
}
