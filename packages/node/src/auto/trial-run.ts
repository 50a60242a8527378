import {
  type GraphRunner,
  type NamedTensors,
  sizeOf,
  type Tensor,
  type TensorInfo,
} from '@latentkit/core';
import { ARRAYS } from '@latentkit/core/runtime';

/** Zeros for every input of a graph, with `batch` in the place of every dynamic dimension. */
function zeros(inputs: readonly TensorInfo[], batch: number): NamedTensors {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const dims = shape.map((dim) => (typeof dim === 'number' ? dim : batch));
      const Elements = ARRAYS[dtype];
      const data = new Elements(new ArrayBuffer(sizeOf(dims) * Elements.BYTES_PER_ELEMENT));
      return [name, { data, dims, dtype } as Tensor];
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

const LONG_MS = 200;

/**
 * Milliseconds that all graphs take for a batch of zeros: the shortest of up to three runs, after one
 * that warms up. A run of more than 200 ms is not repeated; a shorter one may have been held up, as one of 42 ms was
 * on 16 cores by a model that takes 0.8.
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
    if (elapsed > LONG_MS) break;
  }
  return best;
}
