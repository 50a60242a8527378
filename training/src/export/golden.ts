import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { GraphFunction, GraphName } from './graphs.ts';

/** A float32 tensor in JSON. */
export interface GoldenTensor {
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
  readonly graphs: Readonly<Record<GraphName, GoldenGraph>>;
}

/** Inputs of a kind: a few ordinary ones, all zero, and the extremes. */
const ORDINARY = 4;

/** Items: ordinary ones, then all at the low end of the range, then all at the high end. */
export function goldenItems(
  items: Float32Array,
  itemSize: number,
  [low, high]: readonly [number, number],
): Float32Array {
  const count = Math.min(ORDINARY, items.length / itemSize);
  const rows = new Float32Array((count + 2) * itemSize);
  rows.set(items.subarray(0, count * itemSize));
  rows.fill(low, count * itemSize, (count + 1) * itemSize);
  rows.fill(high, (count + 1) * itemSize);
  return rows;
}

/** Latents: draws from the prior, then zero, then one that is three deviations out in each dimension. */
export function goldenLatents(latentSize: number): Float32Array {
  const rows = new Float32Array((ORDINARY + 2) * latentSize);
  createRandom(0, 'golden').fillNormal(rows.subarray(0, ORDINARY * latentSize));
  for (let i = 0; i < latentSize; i++) {
    rows[(ORDINARY + 1) * latentSize + i] = i % 2 === 0 ? 3 : -3;
  }
  return rows;
}

/** Runs a graph's function in tfjs. */
export async function goldenGraph(graph: GraphFunction, rows: Float32Array): Promise<GoldenGraph> {
  const { size, name } = graph.input;
  const dims = [rows.length / size, size];
  const outputs = tf.tidy(() => graph.run(tf.tensor2d(rows, dims as [number, number])));
  const recorded: Record<string, GoldenTensor> = {};
  for (const [output, value] of Object.entries(outputs)) {
    recorded[output] = { dims: value.shape, data: toNumbers(await value.data<'float32'>()) };
    value.dispose();
  }
  return { inputs: { [name]: { dims, data: toNumbers(rows) } }, outputs: recorded };
}

/** Nine significant digits tell every float32 apart, and are half as long as a double in full. */
function toNumbers(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}
