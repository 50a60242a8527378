import { I32, op, V128, type WasmFunction, whileBelow } from '@latentkit/system/wasm';

/**
 * Rows that are read together: each has a sum of its own, so that the processor waits for none of them. They stand a
 * quarter of the piece apart and not one behind the other: the processor reads ahead in four places at once then, and
 * where one of them comes to the end of a page of memory, which nothing is read ahead beyond, the three others go on.
 */
export const ROWS_AT_A_TIME = 4;
/** Floats of a vector of WebAssembly: rows are filled up with zeros to a multiple of it. */
export const LANES = 4;

/**
 * Writes one number for each row of a piece that starts at `rows`, {@link ROWS_AT_A_TIME} times `stride` long.
 * Addresses and sizes in bytes, addresses aligned to 16.
 *
 * @param stride a quarter of the piece
 * @param outStride a quarter of what is written
 */
export type Scan = (
  rows: number,
  stride: number,
  rowBytes: number,
  query: number,
  out: number,
  outStride: number,
) => void;

export interface ScanKernel {
  /** Σ q · v of each row */
  readonly dot: Scan;
  /** Σ (q − v)² of each row */
  readonly distance: Scan;
}

const ROWS = 0;
const STRIDE = 1;
const ROW_BYTES = 2;
const QUERY = 3;
const OUT = 4;
const OUT_STRIDE = 5;
/** How far the loop over a row has come, in bytes; where the first quarter ends, and where a result goes. */
const AT = 6;
const END = 7;
const TO = 8;
/** The addresses of the rows, their sums, and q. */
const ROW = (row: number) => 9 + row;
const SUM = (row: number) => 9 + ROWS_AT_A_TIME + row;
const VALUE = 9 + 2 * ROWS_AT_A_TIME;
const DIFFERENCE = VALUE + 1;

const FLOAT = 4;
const all = (make: (row: number) => readonly number[]) =>
  Array.from({ length: ROWS_AT_A_TIME }, (_, row) => make(row)).flat();

/** sum + (q · v), or sum + (q − v)² */
function step(row: number, kind: keyof ScanKernel): number[] {
  const value = [...op.get(ROW(row)), ...op.get(AT), ...op.i32Add, ...op.load(0)];
  const term =
    kind === 'dot'
      ? [...op.get(VALUE), ...value, ...op.f32x4Mul]
      : [
          ...[...op.get(VALUE), ...value, ...op.f32x4Sub, ...op.tee(DIFFERENCE)],
          ...[...op.get(DIFFERENCE), ...op.f32x4Mul],
        ];
  return [...op.get(SUM(row)), ...term, ...op.f32x4Add, ...op.set(SUM(row))];
}

/** Writes the sum of a row's four sums where the row's number belongs. */
function total(row: number): number[] {
  const to = row === 0 ? op.get(OUT) : [...op.get(TO), ...op.get(OUT_STRIDE), ...op.i32Add];
  return [
    ...[...to, ...op.tee(TO)],
    ...[0, 1, 2, 3].flatMap((lane) => [
      ...op.get(SUM(row)),
      ...op.f32x4ExtractLane(lane),
      ...(lane === 0 ? [] : op.f32Add),
    ]),
    ...op.f32Store(0),
  ];
}

export function scan(kind: keyof ScanKernel): WasmFunction {
  const address = (row: number) =>
    row === 0
      ? [...op.get(ROWS), ...op.set(ROW(0))]
      : [...op.get(ROW(row - 1)), ...op.get(STRIDE), ...op.i32Add, ...op.set(ROW(row))];
  const zero = [...op.f32Const(0), ...op.f32x4Splat];
  return {
    name: kind,
    parameters: [I32, I32, I32, I32, I32, I32],
    results: [],
    locals: [
      I32,
      I32,
      I32,
      ...Array(ROWS_AT_A_TIME).fill(I32),
      ...Array(ROWS_AT_A_TIME + 2).fill(V128),
    ],
    body: [
      ...[...op.get(ROWS), ...op.get(STRIDE), ...op.i32Add, ...op.set(END)],
      ...whileBelow(ROWS, op.get(END), [
        ...all(address),
        ...all((row) => [...zero, ...op.set(SUM(row))]),
        ...[...op.i32Const(0), ...op.set(AT)],
        ...op.loop,
        ...[...op.get(QUERY), ...op.get(AT), ...op.i32Add, ...op.load(0), ...op.set(VALUE)],
        ...all((row) => step(row, kind)),
        ...[...op.get(AT), ...op.i32Const(LANES * FLOAT), ...op.i32Add, ...op.tee(AT)],
        // Again while a part of the row is left.
        ...[...op.get(ROW_BYTES), ...op.i32LtU, ...op.branchIf(0)],
        ...op.end,
        ...all(total),
        ...[...op.get(OUT), ...op.i32Const(FLOAT), ...op.i32Add, ...op.set(OUT)],
        ...[...op.get(ROWS), ...op.get(ROW_BYTES), ...op.i32Add, ...op.set(ROWS)],
      ]),
    ],
  };
}
