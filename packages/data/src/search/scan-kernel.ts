import { I32, op, V128, type WasmFunction, wasmModule } from '@latentkit/system/wasm';

/** Rows that are read together: each has a sum of its own, so that the processor waits for none of them. */
export const ROWS_AT_A_TIME = 4;
/** Floats of a vector of WebAssembly: rows are filled up with zeros to a multiple of it. */
export const LANES = 4;

/** Writes one number for each of `count` rows; `count` is a multiple of {@link ROWS_AT_A_TIME}. */
type Scan = (rows: number, end: number, rowBytes: number, query: number, out: number) => void;

export interface ScanKernel {
  /** Σ q · v of each row */
  readonly dot: Scan;
  /** Σ (q − v)² of each row */
  readonly distance: Scan;
}

const ROWS = 0;
const END = 1;
const ROW_BYTES = 2;
const QUERY = 3;
const OUT = 4;
/** How far the loop over a row has come, in bytes; then the addresses of the other rows, the sums, and q. */
const AT = 5;
const ROW = (row: number) => 6 + row;
const SUM = (row: number) => 6 + ROWS_AT_A_TIME + row;
const VALUE = 6 + 2 * ROWS_AT_A_TIME;
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

function scan(kind: keyof ScanKernel): WasmFunction {
  const total = (row: number) => [
    ...op.get(OUT),
    ...[0, 1, 2, 3].flatMap((lane) => [
      ...op.get(SUM(row)),
      ...op.f32x4ExtractLane(lane),
      ...(lane === 0 ? [] : op.f32Add),
    ]),
    ...op.f32Store(row * FLOAT),
  ];
  const address = (row: number) =>
    row === 0
      ? [...op.get(ROWS), ...op.set(ROW(0))]
      : [...op.get(ROW(row - 1)), ...op.get(ROW_BYTES), ...op.i32Add, ...op.set(ROW(row))];
  const zero = [...op.f32Const(0), ...op.f32x4Splat];
  return {
    name: kind,
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [I32, ...Array(ROWS_AT_A_TIME).fill(I32), ...Array(ROWS_AT_A_TIME + 2).fill(V128)],
    body: [
      ...op.block,
      ...op.loop,
      ...[...op.get(ROWS), ...op.get(END), ...op.i32GeU, ...op.branchIf(1)],
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
      ...[...op.get(OUT), ...op.i32Const(ROWS_AT_A_TIME * FLOAT), ...op.i32Add, ...op.set(OUT)],
      ...[...op.get(ROW(ROWS_AT_A_TIME - 1)), ...op.get(ROW_BYTES), ...op.i32Add, ...op.set(ROWS)],
      ...op.branch(0),
      ...op.end,
      ...op.end,
    ],
  };
}

let compiled: WebAssembly.Module | undefined;

/** The kernel before it has a memory, which is a shared one. */
export function scanModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    wasmModule([scan('dot'), scan('distance')], { shared: true }),
  );
  return compiled;
}

/** The kernel over a memory; addresses are in bytes, aligned to 16. */
export function scanKernel(memory: WebAssembly.Memory): ScanKernel {
  const { exports } = new WebAssembly.Instance(scanModule(), { env: { memory } });
  return exports as unknown as ScanKernel;
}
