/// <reference path="./webassembly.d.ts" />

/** The little of the WebAssembly binary format that our kernels need (core specification, §5). */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128, for constants. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = rest === ((low & 0x40) === 0 ? 0n : -1n);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const name = (text: string) => vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
const vector = (items: readonly number[][]) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly number[][]) => [id, ...sized(vector(items))];

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  /** Types of the locals behind the parameters. */
  readonly locals: readonly number[];
  /** Instructions without the closing `end`. */
  readonly body: readonly number[];
}

/** The most pages of 64 KiB that 32-bit addresses reach. */
const MOST_PAGES = 2 ** 16;

export interface WasmModuleOptions {
  /** Whether the memory is one that threads share, of at most {@link MOST_PAGES}; false by default. */
  readonly shared?: boolean;
}

/** A module that imports the memory `env.memory` and exports the functions. */
export function wasmModule(
  functions: readonly WasmFunction[],
  { shared = false }: WasmModuleOptions = {},
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, results }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  // A shared memory has to have a limit.
  const limits = shared ? [0x03, ...unsigned(1), ...unsigned(MOST_PAGES)] : [0x00, ...unsigned(1)];
  const memory = [...name('env'), ...name('memory'), 0x02, ...limits];
  const exported = functions.map((fn, index) => [...name(fn.name), 0x00, ...unsigned(index)]);
  const code = functions.map(({ locals, body }) =>
    sized([...vector(locals.map((type) => [1, type])), ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(7, exported),
    ...section(10, code),
  ]);
}

/** Instructions by their name in the specification. */
export const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  branch: (depth: number) => [0x0c, ...unsigned(depth)],
  branchIf: (depth: number) => [0x0d, ...unsigned(depth)],
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  tee: (local: number) => [0x22, ...unsigned(local)],
  i32Const: (value: number) => [0x41, ...signed(value | 0)],
  f32Const: (value: number) => [
    0x43,
    ...new Uint8Array(new Float32Array([value]).buffer as ArrayBuffer),
  ],
  i64Const: (value: bigint) => [0x42, ...signed(BigInt.asIntN(64, value))],
  f64Const: (value: number) => [
    0x44,
    ...new Uint8Array(new Float64Array([value]).buffer as ArrayBuffer),
  ],
  i32GeU: [0x4f],
  i32LtU: [0x49],
  i32Add: [0x6a],
  i32Eqz: [0x45],
  i32And: [0x71],
  i32Shl: [0x74],
  i64Add: [0x7c],
  i64And: [0x83],
  i64Or: [0x84],
  i64Xor: [0x85],
  i64Shl: [0x86],
  i64ShrU: [0x88],
  i64Rotl: [0x89],
  f64Lt: [0x63],
  f64Gt: [0x64],
  f64Add: [0xa0],
  f64Sub: [0xa1],
  f64Mul: [0xa2],
  /** A double from an integer of 64 bits, with its sign. */
  f64FromI64: [0xb9],
  /** A vector from and to a constant offset, in bytes, behind the address on the stack. */
  load: (offset: number) => [0xfd, ...unsigned(0), 4, ...unsigned(offset)],
  /** One float, from an address on the stack; to it. */
  f32Load: (offset: number) => [0x2a, 2, ...unsigned(offset)],
  f32Store: (offset: number) => [0x38, 2, ...unsigned(offset)],
  i32Store: (offset: number) => [0x36, 2, ...unsigned(offset)],
  i64Load: (offset: number) => [0x29, 3, ...unsigned(offset)],
  i64Store: (offset: number) => [0x37, 3, ...unsigned(offset)],
  f64Store: (offset: number) => [0x39, 3, ...unsigned(offset)],
  f32Add: [0x92],
  f32x4ExtractLane: (lane: number) => [0xfd, ...unsigned(31), lane],
  store: (offset: number) => [0xfd, ...unsigned(11), 4, ...unsigned(offset)],
  f32x4Splat: [0xfd, ...unsigned(19)],
  f64x2ExtractLane: (lane: number) => [0xfd, ...unsigned(33), lane],
  f64x2Splat: [0xfd, ...unsigned(20)],
  i64x2Splat: [0xfd, ...unsigned(18)],
  f64x2Gt: [0xfd, ...unsigned(74)],
  and: [0xfd, ...unsigned(78)],
  or: [0xfd, ...unsigned(80)],
  i64x2ShrU: [0xfd, ...unsigned(205)],
  f32x4Lt: [0xfd, ...unsigned(67)],
  f32x4Gt: [0xfd, ...unsigned(68)],
  andNot: [0xfd, ...unsigned(79)],
  i32x4AllTrue: [0xfd, ...unsigned(163)],
  promoteLow: [0xfd, ...unsigned(95)],
  f32x4Abs: [0xfd, ...unsigned(224)],
  f32x4Sqrt: [0xfd, ...unsigned(227)],
  f32x4Add: [0xfd, ...unsigned(228)],
  f32x4Sub: [0xfd, ...unsigned(229)],
  f32x4Mul: [0xfd, ...unsigned(230)],
  f32x4Div: [0xfd, ...unsigned(231)],
  f64x2Sqrt: [0xfd, ...unsigned(239)],
  f64x2Add: [0xfd, ...unsigned(240)],
  f64x2Sub: [0xfd, ...unsigned(241)],
  f64x2Mul: [0xfd, ...unsigned(242)],
  f64x2Div: [0xfd, ...unsigned(243)],
  /** Both doubles as floats, in lanes 0 and 1. */
  demote: [0xfd, ...unsigned(94)],
  /** Lanes 0 and 1 of two vectors of floats in turns. */
  interleaveLow: [0xfd, ...unsigned(13), 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23],
  /** Lanes 2 and 3 of a vector moved to 0 and 1. */
  highToLow: [0xfd, ...unsigned(13), 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15],
} as const;
