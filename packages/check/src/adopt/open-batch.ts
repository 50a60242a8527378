import { type Model, tensorFromArray, tensorToBigInts } from '@latentkit/onnx';
import { constantOf, freeName } from './surgery/constants.ts';
import { dropUnread } from './surgery/cut.ts';
import { tryRows } from './try-rows.ts';

/**
 * Names the first dimension of a graph's inputs and outputs `batch`. Where it was a number, constants that
 * reshape or expand to that number give it up, and runs with one, two and three rows must give each row what it gets alone.
 *
 * @param codes indices that an input of integers may have, from 0 on
 * @returns whether the batch was fixed before
 * @throws LatentkitError `invalid-data` where ONNX Runtime cannot open or run the graph, where it gives NaN, where a
 *   batch that was fixed cannot be opened, and where rows do not come out as they do alone
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
  await tryRows({ model, what, codes, fixed });
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
  dropUnread(graph);
}
