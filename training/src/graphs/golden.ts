import { createRandom, type GoldenGraph, sizeOf, type Tensor } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { GraphFunction, GraphInput } from '../families/family.ts';

/** Rows of each kind: a few ordinary ones, then one at rest, then one at the extremes. */
export const ORDINARY_ROWS = 4;
const ROWS = ORDINARY_ROWS + 2;

/** Runs a graph's function in tfjs on rows for each of its inputs. */
export async function goldenGraph(graph: GraphFunction, items: Float32Array): Promise<GoldenGraph> {
  const inputs = Object.fromEntries(
    graph.inputs.map((input) => [input.name, goldenRows(input, items)]),
  );
  const made = tf.tidy(() =>
    graph.run(
      ...Object.values(inputs).map(({ data, dims, dtype }) =>
        tf.tensor(data as Float32Array, [...dims], dtype as 'float32'),
      ),
    ),
  );
  const outputs: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(made)) {
    // A copy: tfjs may give the memory of its own tensor.
    const data = (await value.data<'float32'>()).slice();
    outputs[name] = { dtype: value.dtype as 'float32', dims: value.shape, data };
    value.dispose();
  }
  return { inputs, outputs };
}

/**
 * Values for one input. `x`: real items, then all at the low end of the range, then all at the high end;
 * `y` and indices: one after the other; latents and noise: normal draws, then zero, then the ends of the
 * range by turns.
 *
 * @param items {@link ORDINARY_ROWS} items of the data
 */
function goldenRows({ name, dtype, shape, range }: GraphInput, items: Float32Array): Tensor {
  const [low, high] = range;
  const size = sizeOf(shape);
  const rows = new Float32Array(ROWS * size);
  const rest = rows.subarray(ORDINARY_ROWS * size, (ORDINARY_ROWS + 1) * size);
  const extreme = rows.subarray((ORDINARY_ROWS + 1) * size);
  if (name === 'x') {
    rows.set(items.subarray(0, ORDINARY_ROWS * size));
    rest.fill(low);
    extreme.fill(high);
  } else if (name === 'y') {
    for (let row = 0; row < ROWS; row++) rows[row * size + (row % size)] = 1;
  } else if (dtype === 'int32') {
    for (let i = 0; i < rows.length; i++) rows[i] = i % (high + 1);
  } else {
    createRandom(0, 'golden').fillNormal(rows.subarray(0, ORDINARY_ROWS * size));
    for (let i = 0; i < size; i++) extreme[i] = i % 2 === 0 ? high : low;
  }
  const dims = [ROWS, ...shape];
  return dtype === 'int32'
    ? { dtype, dims, data: Int32Array.from(rows) }
    : { dtype, dims, data: rows };
}
