/// <reference path="./webassembly.d.ts" />
import type { Arithmetic } from './arithmetic.ts';
import type { UpdateRule } from './update-rule.ts';
import { F32, F64, I32, op, V128, type WasmFunction, wasmModule } from './wasm-writer.ts';

/** Floats a vector. Runs of numbers begin and end at whole vectors. */
export const LANES = 4;

/**
 * Averages whose magnitude falls below this become 0. Those of weights that get no gradient any more
 * would otherwise decay into denormal numbers, on which the processor is a hundred times slower.
 */
const NEGLIGIBLE = 1e-30;

/** Byte offsets into the memory. */
export interface Pointers {
  readonly weight: number;
  readonly gradient: number;
  readonly slots: readonly number[];
}

export interface UpdateKernel {
  /** Updates `count` weights and their slots in place, in one pass; `gradientScale` multiplies the gradient first. */
  update(pointers: Pointers, count: number, gradientScale: number, rates: readonly number[]): void;
  /** Σ x², accumulated in double precision. */
  sumOfSquares(pointer: number, count: number): number;
}

/**
 * Compiles a rule to WebAssembly with 128-bit vectors. A graph runtime makes one pass over memory for
 * each operation of the rule, a dozen for Adam; this makes one in all, at the speed of the memory.
 *
 * @param memory holds all that pointers point to, each a multiple of 16
 */
export function compileUpdateKernel(rule: UpdateRule, memory: WebAssembly.Memory): UpdateKernel {
  const module = new WebAssembly.Module(wasmModule([updateFunction(rule), SUM_OF_SQUARES]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { update, sumOfSquares } = exports as Record<string, (...args: number[]) => number>;
  return {
    update({ weight, gradient, slots }, count, gradientScale, rates) {
      update?.(weight, gradient, ...slots, count * 4, gradientScale, ...rates);
    },
    sumOfSquares: (pointer, count) => sumOfSquares?.(pointer, count * 4) as number,
  };
}

/** (weight, gradient, slots…, bytes, gradientScale, rates…) */
function updateFunction(rule: UpdateRule): WasmFunction {
  const pointers = 2 + rule.slots.length;
  const bytes = pointers;
  const parameters = [
    ...Array<number>(pointers + 1).fill(I32),
    ...Array<number>(1 + rule.rateCount).fill(F32),
  ];
  const locals: number[] = [];
  const local = (type: number) => parameters.length + locals.push(type) - 1;
  const end = local(I32);
  const before: number[] = [];
  const body: number[] = [];
  const into = (code: number[], ...instructions: readonly (readonly number[])[]) => {
    const target = local(V128);
    code.push(...instructions.flat(), ...op.set(target));
    return target;
  };
  const splat = (parameter: number) => into(before, op.get(parameter), op.f32x4Splat);
  const binary = (instruction: readonly number[]) => (a: number, b: number) =>
    into(body, op.get(a), op.get(b), instruction);
  const vectors: Arithmetic<number> = {
    constant: (value) => into(before, op.f32Const(value), op.f32x4Splat),
    add: binary(op.f32x4Add),
    sub: binary(op.f32x4Sub),
    mul: binary(op.f32x4Mul),
    div: binary(op.f32x4Div),
    sqrt: (a) => into(body, op.get(a), op.f32x4Sqrt),
  };

  const load = (pointer: number) => into(body, op.get(pointer), op.load);
  const scale = splat(bytes + 1);
  const weight = load(0);
  const gradient = vectors.mul(load(1), scale);
  const next = rule.update(vectors, {
    weight,
    gradient,
    slots: rule.slots.map((_, i) => load(2 + i)),
    rates: Array.from({ length: rule.rateCount }, (_, i) => splat(bytes + 2 + i)),
  });
  const negligible = vectors.constant(NEGLIGIBLE);
  const store = (pointer: number, value: readonly number[]) =>
    body.push(...op.get(pointer), ...value, ...op.store);
  store(0, op.get(next.weight));
  for (const [i, slot] of next.slots.entries()) {
    const small = [...op.get(slot), ...op.f32x4Abs, ...op.get(negligible), ...op.f32x4Lt];
    store(2 + i, [...op.get(slot), ...small, ...op.andNot]);
  }
  const advance = Array.from({ length: pointers }, (_, i) => addTo(i, LANES * 4)).flat();
  const start = [...op.get(0), ...op.get(bytes), ...op.i32Add, ...op.set(end), ...before];
  return {
    name: 'update',
    parameters,
    results: [],
    locals,
    body: [...start, ...whileBelow(0, end, [...body, ...advance])],
  };
}

const SUM_OF_SQUARES: WasmFunction = (() => {
  const [pointer, end, low, high, x, half] = [0, 1, 2, 3, 4, 5];
  const accumulate = (sum: number, lanes: readonly number[]) => [
    ...[...op.get(x), ...lanes, ...op.promoteLow, ...op.set(half)],
    ...[...op.get(half), ...op.get(half), ...op.f64x2Mul],
    ...[...op.get(sum), ...op.f64x2Add, ...op.set(sum)],
  ];
  return {
    name: 'sumOfSquares',
    parameters: [I32, I32],
    results: [F64],
    locals: [V128, V128, V128, V128],
    body: [
      ...[...op.get(pointer), ...op.get(end), ...op.i32Add, ...op.set(end)],
      ...whileBelow(pointer, end, [
        ...[...op.get(pointer), ...op.load, ...op.set(x)],
        ...accumulate(low, []),
        ...accumulate(high, [...op.get(x), ...op.highToLow]),
        ...addTo(pointer, LANES * 4),
      ]),
      ...[...op.get(low), ...op.get(high), ...op.f64x2Add, ...op.set(low)],
      ...[...op.get(low), ...op.f64x2ExtractLane(0), ...op.get(low), ...op.f64x2ExtractLane(1)],
      ...op.f64Add,
    ],
  };
})();

function addTo(local: number, value: number): number[] {
  return [...op.get(local), ...op.i32Const(value), ...op.i32Add, ...op.set(local)];
}

function whileBelow(pointer: number, end: number, body: readonly number[]): number[] {
  const leave = [...op.get(pointer), ...op.get(end), ...op.i32GeU, ...op.branchIf(1)];
  return [...op.block, ...op.loop, ...leave, ...body, ...op.branch(0), ...op.end, ...op.end];
}
