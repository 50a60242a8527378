import { type GoldenGraph, LatentkitError, type Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';

/** Largest error that an exported graph may show against tfjs, on ONNX Runtime's CPU. */
export const CPU_TOLERANCE = 1e-4;

/** How far an exported graph may be from what tfjs gave. */
export interface Limits {
  /**
   * Largest error of a number; where its row has numbers beyond ±1, in units of the largest of them:
   * what nearly cancels out among large numbers is rounded as they are.
   */
  readonly error: number;
  /** Largest share of indices that may be others: where two entries are nearly as near, rounding decides. */
  readonly otherIndices: number;
}

const CPU_LIMITS: Limits = { error: CPU_TOLERANCE, otherIndices: 0 };
/** Weights in half precision have 11 bits. What that costs is measured on the test items. */
export const HALF_LIMITS: Limits = { error: 5e-2, otherIndices: 0.1 };

/** One, two and an odd number of rows; Infinity is all of them. */
const BATCHES = [1, 2, 3, Number.POSITIVE_INFINITY];
const OPTIMISATIONS = ['disabled', 'all'] as const;

export interface OutputError {
  /** Largest |onnx − tfjs|; of indices, the share that are others. */
  readonly maxAbs: number;
  /** Largest |onnx − tfjs| / max(1, largest |tfjs| of the row); of indices, the same share. */
  readonly maxScaled: number;
}

/** Errors by output. */
export type Verification = Readonly<Record<string, OutputError>>;

/**
 * Runs an exported graph in onnxruntime-node, with graph optimisation off and on and at several
 * batch sizes, and compares it with what tfjs gave.
 *
 * @throws LatentkitError `runtime` if an error is above its limit, or a value is not finite
 */
export async function verifyGraph(
  name: string,
  bytes: Uint8Array,
  golden: GoldenGraph,
  limits = CPU_LIMITS,
): Promise<Verification> {
  const worst: Record<string, OutputError> = {};
  for (const optimization of OPTIMISATIONS) {
    const runner = await createRunner(bytes, { optimization });
    try {
      for (const batch of BATCHES) {
        const setting = `batch ${batch}, graph optimisation ${optimization}`;
        for (const [output, received, expected] of await outputsOf(runner, golden, batch)) {
          const indices = golden.outputs[output]?.dtype === 'int32';
          const error = indices
            ? compareIndices(received, expected)
            : compare(received, expected, rowsIn(golden));
          const limit = indices ? limits.otherIndices : limits.error;
          if (!(error.maxScaled <= limit)) {
            throw new LatentkitError(
              'runtime',
              `The exported ${name} does not do what the trained one does: its output '${output}' is off ` +
                `by ${error.maxScaled} (${setting}); at most ${limit} was expected. Nothing was written.`,
            );
          }
          worst[output] = larger(worst[output], error);
        }
      }
    } finally {
      await runner.dispose();
    }
  }
  return worst;
}

/** What graphs give: floats, or indices, which are looked at as numbers just the same. */
type Values = Float32Array;
type Runner = Awaited<ReturnType<typeof createRunner>>;

function rowsIn({ inputs }: GoldenGraph): number {
  return Object.values(inputs)[0]?.dims[0] ?? 0;
}

/** Each output of the golden rows, run `batch` at a time, beside its golden values. */
async function outputsOf(
  runner: Runner,
  golden: GoldenGraph,
  batch: number,
): Promise<[string, Values, Values][]> {
  const rows = rowsIn(golden);
  const results = new Map(
    Object.entries(golden.outputs).map(([name, { data }]) => [name, (data as Values).map(() => 0)]),
  );
  for (let from = 0; from < rows; from += batch) {
    const count = Math.min(batch, rows - from);
    const feeds = Object.entries(golden.inputs).map(([name, input]) => [
      name,
      rowsOf(input, from, count),
    ]);
    const outputs = await runner.run(Object.fromEntries(feeds));
    for (const [name, result] of results) {
      result.set(outputs[name]?.data as Values, (result.length / rows) * from);
    }
  }
  return Object.entries(golden.outputs).map(([name, { data }]) => [
    name,
    results.get(name) as Values,
    data as Values,
  ]);
}

function rowsOf({ dtype, dims, data }: Tensor, from: number, count: number): Tensor {
  const [rows = 0, ...shape] = dims;
  const size = data.length / rows;
  const values = data.subarray(from * size, (from + count) * size);
  return { dtype, dims: [count, ...shape], data: values } as Tensor;
}

function compare(received: Values, expected: Values, rows: number): OutputError {
  let maxAbs = 0;
  let maxScaled = 0;
  const width = expected.length / rows;
  for (let row = 0; row < rows; row++) {
    const wanted = expected.subarray(row * width, (row + 1) * width);
    const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    for (const [i, value] of wanted.entries()) {
      const error = Math.abs((received[row * width + i] as number) - value);
      // Once NaN, for ever NaN: Math.max passes it on.
      maxAbs = Math.max(maxAbs, error);
      maxScaled = Math.max(maxScaled, error / scale);
    }
  }
  return { maxAbs, maxScaled };
}

function compareIndices(received: Values, expected: Values): OutputError {
  const others = expected.filter((value, i) => received[i] !== value).length / expected.length;
  return { maxAbs: others, maxScaled: others };
}

function larger(a: OutputError | undefined, b: OutputError): OutputError {
  if (!a) return b;
  return {
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
    maxScaled: Math.max(a.maxScaled, b.maxScaled),
  };
}
