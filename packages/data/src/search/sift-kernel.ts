import { F32, I32, op, V128, type WasmFunction, whileBelow } from '@latentkit/system/wasm';

/** Numbers that are compared together. */
export const GROUP = 4;

/**
 * Writes down which groups of {@link GROUP} numbers hold one that is not above a bound: few of many, so that the
 * numbers need not be looked at one by one. Addresses are in bytes, aligned to 16.
 *
 * @param end of the numbers, a whole number of groups
 * @param scales what each number is multiplied by, in single precision, before it is compared
 * @param out where the addresses of the groups go, an int32 each: room for all of them
 * @returns the end of what it wrote
 */
export type Sift = (
  values: number,
  end: number,
  scales: number,
  bound: number,
  out: number,
) => number;

export interface SiftKernel {
  /** The numbers as they are, whatever `scales` says. */
  readonly sift: Sift;
  readonly siftScaled: Sift;
}

const VALUES = 0;
const END = 1;
const SCALES = 2;
const BOUND = 3;
const OUT = 4;
const BOUNDS = 5;

const GROUP_BYTES = GROUP * 4;
const next = (local: number) => [
  ...op.get(local),
  ...op.i32Const(GROUP_BYTES),
  ...op.i32Add,
  ...op.set(local),
];

export function sift(name: keyof SiftKernel): WasmFunction {
  const scaled = name === 'siftScaled';
  return {
    name,
    parameters: [I32, I32, I32, F32, I32],
    results: [I32],
    locals: [V128],
    body: [
      ...[...op.get(BOUND), ...op.f32x4Splat, ...op.set(BOUNDS)],
      ...whileBelow(VALUES, op.get(END), [
        // Written always, and kept by going on behind it: a branch would be guessed wrong where many are near.
        ...[...op.get(OUT), ...op.get(VALUES), ...op.i32Store(0)],
        ...op.get(OUT),
        ...[...op.get(VALUES), ...op.load(0)],
        ...(scaled ? [...op.get(SCALES), ...op.load(0), ...op.f32x4Mul] : []),
        // What is not a number is above nothing, and kept.
        ...[...op.get(BOUNDS), ...op.f32x4Gt, ...op.i32x4AllTrue, ...op.i32Eqz],
        ...[...op.i32Const(2), ...op.i32Shl, ...op.i32Add, ...op.set(OUT)],
        ...next(VALUES),
        ...(scaled ? next(SCALES) : []),
      ]),
      ...op.get(OUT),
    ],
  };
}
