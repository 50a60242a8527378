import {
  createRandom,
  type GraphRunner,
  LatentkitError,
  sizeOf,
  type Tensor,
  tensor,
} from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { type Model, tensorFromArray, tensorToBigInts, writeModel } from '@latentkit/onnx';

/** Rows that a batch is tried with. */
const TRIED = [1, 2, 3];

/** Rounding of another order of additions. */
const SLACK = 1e-4;

/**
 * Names the first dimension of a graph's inputs and outputs `batch`. Where it was a number, constants that
 * reshape to that number give it up, and runs with one, two and three rows must give each row what it gets alone.
 *
 * @returns whether the batch was fixed before
 * @throws LatentkitError `invalid-data` where rows do not come out as they do alone
 */
export async function openBatch(model: Model, what: string): Promise<boolean> {
  const { graph } = model;
  const infos = [...graph.inputs, ...graph.outputs];
  let fixed: number | undefined;
  for (const { type } of infos) {
    if (type.kind !== 'tensor' || !type.shape || type.shape.length === 0) continue;
    const [batch] = type.shape;
    if (typeof batch === 'number') fixed ??= batch;
    type.shape = ['batch', ...type.shape.slice(1)];
  }
  if (fixed !== undefined) freeReshapes(model, fixed);
  // Types of values in between say the old size; they are inferred again.
  graph.valueInfo = new Map();
  await tryRows(model, what);
  return fixed !== undefined;
}

/** Reshape to [batch of the trace, …]: 0 copies the size of the input, −1 is what is left. */
function freeReshapes({ graph }: Model, fixed: number): void {
  for (const { opType, inputs } of graph.nodes) {
    const shape = opType === 'Reshape' ? graph.initializers.get(inputs[1] ?? '') : undefined;
    if (!shape) continue;
    const dims = tensorToBigInts(shape);
    if (dims[0] !== BigInt(fixed)) continue;
    dims[0] = dims.includes(-1n) ? 0n : -1n;
    graph.initializers.set(shape.name, tensorFromArray(shape.name, 'int64', dims, shape.dims));
  }
}

async function tryRows(model: Model, what: string): Promise<void> {
  let runner: GraphRunner | undefined;
  try {
    runner = await createRunner(writeModel(model), { threads: 1 });
    const [input] = runner.inputs;
    const row = (input?.shape ?? []).slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
    const size = sizeOf(row);
    const values = createRandom(0, 'adopt').fillNormal(new Float32Array(3 * size), 0.5);
    const run = (from: number, count: number) =>
      (runner as GraphRunner).run({
        [input?.name ?? '']: tensor(values.slice(from * size, (from + count) * size), [
          count,
          ...row,
        ]),
      });
    for (const count of TRIED) {
      const together = await run(0, count);
      for (let index = 0; index < count; index++) {
        for (const [name, alone] of Object.entries(await run(index, 1))) {
          const { scaled } = distanceOf(rowOf(together[name] as Tensor, index, count), alone);
          if (!(scaled <= SLACK)) {
            throw new Error(`row ${index} of '${name}' is off by ${scaled} in a batch of ${count}`);
          }
        }
      }
    }
  } catch (cause) {
    throw new LatentkitError(
      'invalid-data',
      `The ${what} has no batch that can be opened: ${(cause as Error).message}. Export it with a dynamic ` +
        'batch: dynamic_shapes of torch.onnx.export, or dynamic_axes of the older exporter.',
      { cause },
    );
  } finally {
    await runner?.dispose();
  }
}

function rowOf({ data, dims, dtype }: Tensor, index: number, count: number): Tensor {
  const width = data.length / count;
  const part = (data as Float32Array).subarray(index * width, (index + 1) * width);
  return { data: part, dims: [1, ...dims.slice(1)], dtype } as Tensor;
}
