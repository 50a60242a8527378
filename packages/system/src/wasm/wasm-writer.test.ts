import { describe, expect, test } from '@jest/globals';
import wabt from 'wabt';
import { F32, F64, I32, op, signed, unsigned, V128, wasmModule } from './wasm-writer.ts';

const FEATURES = { simd: true };
/** Loaded once: it is WebAssembly of a size. */
const disassembler = wabt();

/** The body of a function as the reference disassembler has it, an instruction a line. */
async function disassembled(body: readonly number[]): Promise<string[]> {
  const bytes = wasmModule([{ name: 'f', parameters: [], results: [], locals: [I32, I32], body }]);
  const module = (await disassembler).readWasm(bytes, FEATURES);
  const lines = module.toText({ foldExprs: false, inlineExport: false }).split('\n');
  const from = lines.findIndex((line) => line.includes('(local '));
  const to = lines.findIndex((line) => line.includes('(export '));
  return lines.slice(from + 1, to).map((line) => line.replace(/\(;.*?;\)|;;.*|\)$/g, '').trim());
}

const A = op.i32Const(0);

/** Each instruction by its name in the specification. */
const NAMES: Record<keyof typeof op, [bytes: readonly number[], text: string]> = {
  block: [[...op.block, ...op.end], 'block'],
  loop: [[...op.loop, ...op.end], 'loop'],
  end: [[...op.block, ...op.end], 'end'],
  branch: [[...op.block, ...op.branch(0), ...op.end], 'br 0'],
  branchIf: [[...op.block, ...A, ...op.branchIf(0), ...op.end], 'br_if 0'],
  get: [op.get(1), 'local.get 1'],
  set: [op.set(1), 'local.set 1'],
  tee: [op.tee(0), 'local.tee 0'],
  // Addresses beyond 2 GiB are given without a sign.
  i32Const: [op.i32Const(2 ** 32 - 129), 'i32.const -129'],
  f32Const: [op.f32Const(1.5), 'f32.const 0x1.8p+0'],
  i64Const: [op.i64Const(-(2n ** 40n)), 'i64.const -1099511627776'],
  f64Const: [op.f64Const(1.5), 'f64.const 0x1.8p+0'],
  i32GeU: [op.i32GeU, 'i32.ge_u'],
  i32LtU: [op.i32LtU, 'i32.lt_u'],
  i32Add: [op.i32Add, 'i32.add'],
  i32Eqz: [op.i32Eqz, 'i32.eqz'],
  i32And: [op.i32And, 'i32.and'],
  i32Shl: [op.i32Shl, 'i32.shl'],
  i64Add: [op.i64Add, 'i64.add'],
  i64And: [op.i64And, 'i64.and'],
  i64Or: [op.i64Or, 'i64.or'],
  i64Xor: [op.i64Xor, 'i64.xor'],
  i64Shl: [op.i64Shl, 'i64.shl'],
  i64ShrU: [op.i64ShrU, 'i64.shr_u'],
  i64Rotl: [op.i64Rotl, 'i64.rotl'],
  f64Lt: [op.f64Lt, 'f64.lt'],
  f64Gt: [op.f64Gt, 'f64.gt'],
  f64Add: [op.f64Add, 'f64.add'],
  f64Sub: [op.f64Sub, 'f64.sub'],
  f64Mul: [op.f64Mul, 'f64.mul'],
  f64FromI64: [op.f64FromI64, 'f64.convert_i64_s'],
  load: [op.load(304), 'v128.load offset=304'],
  store: [op.store(16), 'v128.store offset=16'],
  f32Load: [op.f32Load(4), 'f32.load offset=4'],
  f32Store: [op.f32Store(4), 'f32.store offset=4'],
  i32Store: [op.i32Store(8), 'i32.store offset=8'],
  i64Load: [op.i64Load(8), 'i64.load offset=8'],
  i64Store: [op.i64Store(16), 'i64.store offset=16'],
  f64Store: [op.f64Store(24), 'f64.store offset=24'],
  f32Add: [op.f32Add, 'f32.add'],
  f32x4ExtractLane: [op.f32x4ExtractLane(3), 'f32x4.extract_lane 3'],
  f32x4Splat: [op.f32x4Splat, 'f32x4.splat'],
  f64x2ExtractLane: [op.f64x2ExtractLane(1), 'f64x2.extract_lane 1'],
  f64x2Splat: [op.f64x2Splat, 'f64x2.splat'],
  i64x2Splat: [op.i64x2Splat, 'i64x2.splat'],
  f64x2Gt: [op.f64x2Gt, 'f64x2.gt'],
  and: [op.and, 'v128.and'],
  or: [op.or, 'v128.or'],
  i64x2ShrU: [op.i64x2ShrU, 'i64x2.shr_u'],
  f32x4Lt: [op.f32x4Lt, 'f32x4.lt'],
  f32x4Gt: [op.f32x4Gt, 'f32x4.gt'],
  andNot: [op.andNot, 'v128.andnot'],
  i32x4AllTrue: [op.i32x4AllTrue, 'i32x4.all_true'],
  promoteLow: [op.promoteLow, 'f64x2.promote_low_f32x4'],
  f32x4Abs: [op.f32x4Abs, 'f32x4.abs'],
  f32x4Sqrt: [op.f32x4Sqrt, 'f32x4.sqrt'],
  f32x4Add: [op.f32x4Add, 'f32x4.add'],
  f32x4Sub: [op.f32x4Sub, 'f32x4.sub'],
  f32x4Mul: [op.f32x4Mul, 'f32x4.mul'],
  f32x4Div: [op.f32x4Div, 'f32x4.div'],
  f64x2Sqrt: [op.f64x2Sqrt, 'f64x2.sqrt'],
  f64x2Add: [op.f64x2Add, 'f64x2.add'],
  f64x2Sub: [op.f64x2Sub, 'f64x2.sub'],
  f64x2Mul: [op.f64x2Mul, 'f64x2.mul'],
  f64x2Div: [op.f64x2Div, 'f64x2.div'],
  demote: [op.demote, 'f32x4.demote_f64x2_zero'],
  interleaveLow: [op.interleaveLow, 'i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23'],
  highToLow: [op.highToLow, 'i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15'],
};

describe('op', () => {
  test('every instruction is what the specification calls so', async () => {
    for (const [name, [bytes, text]] of Object.entries(NAMES)) {
      expect([name, await disassembled(bytes)]).toEqual([name, expect.arrayContaining([text])]);
    }
  });
});

describe('LEB128', () => {
  test.each<[number, number[]]>([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %d', (value, bytes) => expect(unsigned(value)).toEqual(bytes));

  test.each<[number, number[]]>([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123_456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %d', (value, bytes) => expect(signed(value)).toEqual(bytes));
});

describe('wasmModule', () => {
  /** Adds 1.5 to each of the floats from `at` up to `end`, and says how many bytes it went. */
  const add = {
    name: 'add',
    parameters: [I32, I32],
    results: [I32],
    locals: [F32, F64, V128],
    body: [
      ...op.f32Const(1.5),
      ...op.set(2),
      ...op.loop,
      ...op.get(0),
      ...op.get(0),
      ...op.f32Load(0),
      ...op.get(2),
      ...op.f32Add,
      ...op.f32Store(0),
      ...op.get(0),
      ...op.i32Const(4),
      ...op.i32Add,
      ...op.tee(0),
      ...op.get(1),
      ...op.i32LtU,
      ...op.branchIf(0),
      ...op.end,
      ...op.get(0),
    ],
  };
  const four = { name: 'four', parameters: [], results: [I32], locals: [], body: op.i32Const(4) };

  test('is valid, exports its functions by name, and runs on the memory that it is given', () => {
    const bytes = wasmModule([four, add]);
    expect(() => new WebAssembly.Module(bytes)).not.toThrow();
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory },
    });
    const run = exports as { four(): number; add(at: number, end: number): number };
    const floats = new Float32Array(memory.buffer);
    floats.set([1, 2, 3, 4]);
    expect(run.four()).toBe(4);
    expect(run.add(4, 12)).toBe(12);
    expect([...floats.subarray(0, 4)]).toEqual([1, 3.5, 4.5, 4]);
  });

  test('for a memory that threads share takes no other', () => {
    const module = new WebAssembly.Module(wasmModule([four, add], { shared: true }));
    const over = (memory: WebAssembly.Memory) =>
      new WebAssembly.Instance(module, { env: { memory } }).exports as { four(): number };
    expect(over(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })).four()).toBe(4);
    expect(() => over(new WebAssembly.Memory({ initial: 1, maximum: 2 }))).toThrow(/shared/);
  });

  test('with a body that does not fit its types is refused by the engine', () => {
    const wrong = wasmModule([{ ...four, results: [F32] }]);
    expect(() => new WebAssembly.Module(wrong)).toThrow(/Compiling function.*type/);
  });
});
