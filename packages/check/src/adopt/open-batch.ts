import {
  createRandom,
  type GraphRunner,
  LatentkitError,
  sizeOf,
  type Tensor,
} from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
import { createRunner } from '@latentkit/node';
import { type Model, tensorFromArray, tensorToBigInts, writeModel } from '@latentkit/onnx';
import { constantOf, freeName } from './surgery/constants.ts';
import { readsOf } from './surgery/cut.ts';

/** Rows that a batch is tried with. */
const TRIED = [1, 2, 3];

/** Rounding of another order of additions. */
const SLACK = 1e-4;

/**
 * Names the first dimension of a graph's inputs and outputs `batch`. Where it was a number, constants that
 * reshape or expand to that number give it up, and runs with one, two and three rows must give each row what it gets alone.
 *
 * @param codes indices that an input of integers may have, from 0 on
 * @returns whether the batch was fixed before
 * @throws LatentkitError `invalid-data` where rows do not come out as they do alone
 */
export async function openBatch(model: Model, what: string, codes = 1): Promise<boolean> {
  const { graph } = model;
  const infos = [...graph.inputs, ...graph.outputs];
  let fixed: number | undefined;
  for (const { type } of infos) {
    if (type.kind !== 'tensor' || !type.shape || type.shape.length === 0) continue;
    const [batch] = type.shape;
    if (typeof batch === 'number') fixed ??= batch;
    type.shape = ['batch', ...type.shape.slice(1)];
  }
  if (fixed !== undefined) freeShapes(model, fixed);
  // Types of values in between say the old size; they are inferred again.
  graph.valueInfo = new Map();
  await tryRows(model, what, codes);
  return fixed !== undefined;
}

/** Operators whose second input is a shape, and what the batch of the trace becomes there beside a −1 or without one. */
const SHAPED: Readonly<Record<string, readonly [bigint, bigint]>> = {
  // 0 copies the size of the input, −1 is what is left.
  Reshape: [0n, -1n],
  // What is there already is kept.
  Expand: [1n, 1n],
};

function freeShapes({ graph }: Model, fixed: number): void {
  for (const { opType, inputs } of graph.nodes) {
    const free = SHAPED[opType];
    const shape = free && constantOf(graph, inputs[1] ?? '');
    if (!shape) continue;
    const dims = tensorToBigInts(shape);
    if (dims[0] !== BigInt(fixed)) continue;
    dims[0] = dims.includes(-1n) ? free[0] : free[1];
    // Another node may mean the same constant otherwise.
    const name = freeName(graph, `${shape.name || 'shape'}_open`);
    graph.initializers.set(name, tensorFromArray(name, 'int64', dims, shape.dims));
    inputs[1] = name;
  }
  const read = new Set([...graph.nodes.flatMap(readsOf), ...graph.outputs.map(({ name }) => name)]);
  for (const name of graph.initializers.keys()) {
    if (!read.has(name)) graph.initializers.delete(name);
  }
}

async function tryRows(model: Model, what: string, codes: number): Promise<void> {
  let runner: GraphRunner | undefined;
  try {
    runner = await createRunner(writeModel(model), { threads: 1 });
    const [input] = runner.inputs;
    const row = (input?.shape ?? []).slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
    const size = sizeOf(row);
    const random = createRandom(0, 'adopt');
    const values =
      input?.dtype === 'float32'
        ? random.fillNormal(new Float32Array(3 * size), 0.5)
        : Int32Array.from({ length: 3 * size }, () => random.integer(codes));
    const run = (from: number, count: number) => {
      const data = values.slice(from * size, (from + count) * size);
      const fed = { data, dims: [count, ...row], dtype: input?.dtype } as Tensor;
      return (runner as GraphRunner).run({ [input?.name ?? '']: fed });
    };
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
