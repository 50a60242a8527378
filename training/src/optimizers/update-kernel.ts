import {
  F32,
  F64,
  I32,
  op,
  V128,
  type WasmFunction,
  wasmModule,
  whileBelow,
} from '@latentkit/system/wasm';
import type { Arithmetic } from './arithmetic.ts';
import type { UpdateRule } from './update-rule.ts';

/** Floats of a vector, and how many vectors a turn of the loop takes, so that their work overlaps. */
const LANES = 4;
const VECTORS = 2;

/** Runs of numbers are multiples of this many floats. */
export const STRIDE = LANES * VECTORS;

/**
 * Averages of a smaller magnitude are dropped. Those of weights that get no gradient any more would
 * otherwise decay into denormal numbers, on which the processor is a hundred times slower.
 */
const NEGLIGIBLE = 1e-30;

/** Where the numbers lie: byte offsets into the memory, multiples of 16, of runs of `count` floats. */
export interface UpdateLayout {
  readonly weight: number;
  readonly gradient: number;
  /** In the order of the rule's. */
  readonly slots: readonly number[];
  /** A multiple of {@link STRIDE}. */
  readonly count: number;
}

export interface UpdateKernel {
  /** Updates weights and slots in place, in one pass; `gradientScale` multiplies the gradient first. */
  update(gradientScale: number, rates: readonly number[]): void;
  /** Sets what is too small to matter in the slots to 0. To be called now and then. */
  dropNegligible(): void;
  /** Σ g² over all gradients, accumulated in double precision. */
  gradientSquares(): number;
}

/**
 * Compiles a rule to WebAssembly with 128-bit vectors. A graph runtime makes one pass over memory for
 * each operation of the rule, a dozen for Adam; this makes one in all.
 */
export function compileUpdateKernel(
  rule: UpdateRule,
  memory: WebAssembly.Memory,
  layout: UpdateLayout,
): UpdateKernel {
  const functions = [updateFunction(rule, layout), dropFunction(layout), squaresFunction(layout)];
  const module = new WebAssembly.Module(wasmModule(functions));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { update, drop, squares } = exports as Record<string, (...args: number[]) => number>;
  return {
    update: (gradientScale, rates) => void update?.(gradientScale, ...rates),
    dropNegligible: () => void drop?.(),
    gradientSquares: () => squares?.() as number,
  };
}

/** (gradientScale, rates…) */
function updateFunction(rule: UpdateRule, layout: UpdateLayout): WasmFunction {
  const parameters = Array<number>(1 + rule.rateCount).fill(F32);
  const locals = new Locals(parameters.length);
  const position = locals.add(I32);
  const before: number[] = [];
  const into = (code: number[], ...instructions: readonly (readonly number[])[]) => {
    const target = locals.add(V128);
    code.push(...instructions.flat(), ...op.set(target));
    return target;
  };
  const splat = (parameter: number) => into(before, op.get(parameter), op.f32x4Splat);
  const scale = splat(0);
  const rates = Array.from({ length: rule.rateCount }, (_, i) => splat(1 + i));

  const turn: number[] = [];
  const binary = (instruction: readonly number[]) => (a: number, b: number) =>
    into(turn, op.get(a), op.get(b), instruction);
  const constants = new Map<number, number>();
  const vectors: Arithmetic<number> = {
    constant(value) {
      const known = constants.get(value) ?? into(before, op.f32Const(value), op.f32x4Splat);
      constants.set(value, known);
      return known;
    },
    add: binary(op.f32x4Add),
    sub: binary(op.f32x4Sub),
    mul: binary(op.f32x4Mul),
    div: binary(op.f32x4Div),
    sqrt: (a) => into(turn, op.get(a), op.f32x4Sqrt),
  };
  for (let vector = 0; vector < VECTORS; vector++) {
    const at = (run: number) => run + vector * LANES * 4;
    const load = (run: number) => into(turn, op.get(position), op.load(at(run)));
    const weight = load(layout.weight);
    const gradient = vectors.mul(load(layout.gradient), scale);
    const next = rule.update(vectors, { weight, gradient, slots: layout.slots.map(load), rates });
    const store = (run: number, value: number) =>
      turn.push(...op.get(position), ...op.get(value), ...op.store(at(run)));
    store(layout.weight, next.weight);
    for (const [i, slot] of next.slots.entries()) store(layout.slots[i] as number, slot);
  }
  const body = [...before, ...forEach(position, layout.count, STRIDE, turn)];
  return { name: 'update', parameters, results: [], locals: locals.types, body };
}

function dropFunction({ slots, count }: UpdateLayout): WasmFunction {
  const [position, x] = [0, 1];
  const body = slots.flatMap((run) => [
    ...[...op.get(position), ...op.get(position), ...op.load(run), ...op.tee(x)],
    ...[...op.get(x), ...op.f32x4Abs, ...op.f32Const(NEGLIGIBLE), ...op.f32x4Splat],
    ...[...op.f32x4Lt, ...op.andNot, ...op.store(run)],
  ]);
  return {
    name: 'drop',
    parameters: [],
    results: [],
    locals: [I32, V128],
    body: forEach(position, count, LANES, body),
  };
}

function squaresFunction({ gradient, count }: UpdateLayout): WasmFunction {
  const [position, low, high, x, half] = [0, 1, 2, 3, 4];
  const accumulate = (sum: number, lanes: readonly number[]) => [
    ...[...op.get(x), ...lanes, ...op.promoteLow, ...op.tee(half)],
    ...[...op.get(half), ...op.f64x2Mul],
    ...[...op.get(sum), ...op.f64x2Add, ...op.set(sum)],
  ];
  return {
    name: 'squares',
    parameters: [],
    results: [F64],
    locals: [I32, V128, V128, V128, V128],
    body: [
      ...forEach(position, count, LANES, [
        ...[...op.get(position), ...op.load(gradient), ...op.set(x)],
        ...accumulate(low, []),
        ...accumulate(high, [...op.get(x), ...op.highToLow]),
      ]),
      ...[...op.get(low), ...op.get(high), ...op.f64x2Add, ...op.set(low)],
      ...[...op.get(low), ...op.f64x2ExtractLane(0), ...op.get(low), ...op.f64x2ExtractLane(1)],
      ...op.f64Add,
    ],
  };
}

/** Locals behind the parameters of a function. */
class Locals {
  readonly types: number[] = [];
  readonly #before: number;

  constructor(before: number) {
    this.#before = before;
  }

  /** The index of a new one. */
  add(type: number): number {
    return this.#before + this.types.push(type) - 1;
  }
}

/** Runs a body with the local `position` at 0, `floats` floats further on (in bytes), and so on, below `count` floats. */
function forEach(
  position: number,
  count: number,
  floats: number,
  body: readonly number[],
): number[] {
  const advance = [
    ...[...op.get(position), ...op.i32Const(floats * 4), ...op.i32Add],
    ...op.set(position),
  ];
  return whileBelow(position, op.i32Const(count * 4), [...body, ...advance]);
}
