import { createRandom, sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { GraphFunction, GraphInput } from '../families/family.ts';
import type { PerGraph } from './graphs.ts';

/** A tensor in JSON. */
export interface GoldenTensor {
  readonly dtype: 'float32' | 'int32';
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface GoldenGraph {
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
}

/** The contents of `golden.json`: inputs, and what tfjs made of them, for checking any runtime. */
export interface Golden {
  readonly format: 1;
  readonly graphs: PerGraph<GoldenGraph>;
}

/** Rows of each kind: a few ordinary ones, then one at rest, then one at the extremes. */
export const ORDINARY_ROWS = 4;
const ROWS = ORDINARY_ROWS + 2;

/** Runs a graph's function in tfjs on rows for each of its inputs. */
export async function goldenGraph(graph: GraphFunction, items: Float32Array): Promise<GoldenGraph> {
  const inputs = graph.inputs.map((input) => ({ input, data: goldenRows(input, items) }));
  const outputs = tf.tidy(() =>
    graph.run(
      ...inputs.map(({ input, data }) => tf.tensor(data, [ROWS, ...input.shape], input.dtype)),
    ),
  );
  const recorded: Record<string, GoldenTensor> = {};
  for (const [name, value] of Object.entries(outputs)) {
    const data = await value.data<'float32'>();
    recorded[name] = golden(value.dtype as GoldenTensor['dtype'], value.shape, data);
    value.dispose();
  }
  return {
    inputs: Object.fromEntries(
      inputs.map(({ input, data }) => [
        input.name,
        golden(input.dtype, [ROWS, ...input.shape], data),
      ]),
    ),
    outputs: recorded,
  };
}

/**
 * Values for one input. `x`: real items, then all at the low end of the range, then all at the high end;
 * `y` and indices: one after the other; latents and noise: normal draws, then zero, then the ends of the
 * range by turns.
 *
 * @param items {@link ORDINARY_ROWS} items of the data
 */
function goldenRows({ name, dtype, shape, range }: GraphInput, items: Float32Array): Float32Array {
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
  return rows;
}

/** Nine significant digits tell every float32 apart, and are half as long as a double in full. */
function golden(
  dtype: GoldenTensor['dtype'],
  dims: readonly number[],
  values: ArrayLike<number>,
): GoldenTensor {
  return { dtype, dims, data: Array.from(values, (value) => Number(value.toPrecision(9))) };
}
