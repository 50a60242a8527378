import type {
  DType,
  GraphRunner,
  NamedTensors,
  Tensor,
  TensorDataByDType,
  TensorInfo,
} from '@latentkit/core';
import { sizeOf } from '@latentkit/core';

const ARRAYS: { readonly [D in DType]: new (length: number) => TensorDataByDType[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** Zeros for every input of a graph, with `batch` in the place of every dynamic dimension. */
function zeros(inputs: readonly TensorInfo[], batch: number): NamedTensors {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const dims = shape.map((dim) => (typeof dim === 'number' ? dim : batch));
      return [name, { data: new ARRAYS[dtype](sizeOf(dims)), dims, dtype } as Tensor];
    }),
  );
}

/** Runs every graph once on a batch of zeros. */
export async function tryOut(
  runners: Readonly<Record<string, GraphRunner>>,
  batch: number,
): Promise<void> {
  for (const runner of Object.values(runners)) await runner.run(zeros(runner.inputs, batch));
}

/**
 * Milliseconds that all graphs take for a batch of zeros: the shortest of up to three runs, after one
 * that warms up. A run of more than 20 ms is not repeated.
 */
export async function measure(
  runners: Readonly<Record<string, GraphRunner>>,
  batch: number,
): Promise<number> {
  await tryOut(runners, batch);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await tryOut(runners, batch);
    const elapsed = performance.now() - start;
    best = Math.min(best, elapsed);
    if (elapsed > 20) break;
  }
  return best;
}
