import { type GoldenGraph, LatentkitError, type NamedTensors, type Tensor } from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
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

/** One, two and an odd number of rows; Infinity is all of them. */
const BATCHES = [1, 2, 3, Number.POSITIVE_INFINITY];
const OPTIMISATIONS = ['disabled', 'all'] as const;

export interface OutputError {
  /** Largest |onnx − tfjs|; of indices, the share that are others. */
  readonly maxAbs: number;
  /** Largest |onnx − tfjs| / max(1, largest |tfjs| of the row); of indices, the same share. */
  readonly maxScaled: number;
  /** The batch and the graph optimisation that it was found with. */
  readonly setting: string;
}

/** Errors by output. */
export type Verification = Readonly<Record<string, OutputError>>;

/**
 * Runs an exported graph in onnxruntime-node, with graph optimisation off and on and at several
 * batch sizes, and compares it with what tfjs gave.
 *
 * @returns the worst of each output; NaN where a value is not finite
 */
export async function measureGraph(bytes: Uint8Array, golden: GoldenGraph): Promise<Verification> {
  const worst: Record<string, OutputError> = {};
  for (const optimization of OPTIMISATIONS) {
    const runner = await createRunner(bytes, { optimization });
    try {
      for (const batch of BATCHES) {
        const setting = `batch ${batch}, graph optimisation ${optimization}`;
        const outputs = await outputsOf(runner, golden, batch);
        for (const [name, expected] of Object.entries(golden.outputs)) {
          const { largest, scaled } = distanceOf(outputs[name], expected);
          const error = { maxAbs: largest, maxScaled: scaled, setting };
          worst[name] = larger(worst[name], error);
        }
      }
    } finally {
      await runner.dispose();
    }
  }
  return worst;
}

/**
 * How far a graph is from what tfjs gave, in units of what it may be: up to 1 it is within its limits. NaN where a
 * value is not finite.
 */
export function shareOfLimits(
  verification: Verification,
  { outputs }: GoldenGraph,
  limits: Limits,
): number {
  const shares = Object.entries(verification).map(([name, { maxScaled }]) => {
    const limit = outputs[name]?.dtype === 'int32' ? limits.otherIndices : limits.error;
    return maxScaled === 0 ? 0 : maxScaled / limit;
  });
  return Math.max(0, ...shares);
}

/**
 * {@link measureGraph}, where errors are not accepted.
 *
 * @throws LatentkitError `runtime` if an error is above its limit, or a value is not finite
 */
export async function verifyGraph(
  name: string,
  bytes: Uint8Array,
  golden: GoldenGraph,
  limits = CPU_LIMITS,
): Promise<Verification> {
  const measured = await measureGraph(bytes, golden);
  for (const [output, error] of Object.entries(measured)) {
    if (shareOfLimits({ [output]: error }, golden, limits) <= 1) continue;
    const { maxScaled, setting } = error;
    const limit = golden.outputs[output]?.dtype === 'int32' ? limits.otherIndices : limits.error;
    throw new LatentkitError(
      'runtime',
      `The exported ${name} does not do what the trained one does: its output '${output}' is off ` +
        `by ${maxScaled} (${setting}); at most ${limit} was expected. Nothing was written.`,
    );
  }
  return measured;
}

type Runner = Awaited<ReturnType<typeof createRunner>>;

function rowsIn({ inputs }: GoldenGraph): number {
  return Object.values(inputs)[0]?.dims[0] ?? 0;
}

/** The outputs of the golden rows, run `batch` at a time. */
async function outputsOf(
  runner: Runner,
  golden: GoldenGraph,
  batch: number,
): Promise<NamedTensors> {
  const rows = rowsIn(golden);
  const results: Record<string, Tensor> = Object.fromEntries(
    Object.entries(golden.outputs).map(([name, tensor]) => [
      name,
      { ...tensor, data: tensor.data.slice().fill(0 as never) } as Tensor,
    ]),
  );
  for (let from = 0; from < rows; from += batch) {
    const count = Math.min(batch, rows - from);
    const feeds = Object.entries(golden.inputs).map(([name, input]) => [
      name,
      rowsOf(input, from, count),
    ]);
    const outputs = await runner.run(Object.fromEntries(feeds));
    for (const [name, { data }] of Object.entries(results)) {
      (data as Float32Array).set(outputs[name]?.data as Float32Array, (data.length / rows) * from);
    }
  }
  return results;
}

function rowsOf({ dtype, dims, data }: Tensor, from: number, count: number): Tensor {
  const [rows = 0, ...shape] = dims;
  const size = data.length / rows;
  const values = data.subarray(from * size, (from + count) * size);
  return { dtype, dims: [count, ...shape], data: values } as Tensor;
}

/** The larger of two errors; NaN, once there, stays. */
function larger(a: OutputError | undefined, b: OutputError): OutputError {
  if (!a) return b;
  const worse = Number.isNaN(a.maxScaled) || a.maxScaled >= b.maxScaled ? a : b;
  return { ...worse, maxAbs: Math.max(a.maxAbs, b.maxAbs) };
}
