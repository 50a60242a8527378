import { type GoldenGraph, type NamedTensors, type Tensor, tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { type Model, writeModel } from '@latentkit/onnx';

/** A graph in ONNX Runtime without optimisation, which is what golden values are by. */
export interface Runs {
  run(inputs: NamedTensors): Promise<GoldenGraph>;
}

/** Opens graphs, gives them to `use`, and closes them again. */
export async function withRuns<K extends string, T>(
  graphs: Readonly<Record<K, Model>>,
  use: (runs: Readonly<Record<K, Runs>>) => Promise<T>,
): Promise<T> {
  const disposals: (() => Promise<void>)[] = [];
  const runs: Partial<Record<K, Runs>> = {};
  try {
    for (const [name, model] of Object.entries(graphs) as [K, Model][]) {
      const runner = await createRunner(writeModel(model), {
        threads: 1,
        optimization: 'disabled',
      });
      disposals.push(() => runner.dispose());
      runs[name] = { run: async (inputs) => ({ inputs, outputs: await runner.run(inputs) }) };
    }
    return await use(runs as Record<K, Runs>);
  } finally {
    for (const dispose of disposals) await dispose();
  }
}

/** Rows of a tensor, in the order that is given. */
export function rowsOf<T extends Tensor>({ data, dims, dtype }: T, rows: readonly number[]): T {
  const size = data.length / (dims[0] ?? 1);
  const taken = data.slice(0, rows.length * size) as Float32Array;
  for (const [to, from] of rows.entries()) {
    taken.set((data as Float32Array).subarray(from * size, (from + 1) * size), to * size);
  }
  return { data: taken, dims: [rows.length, ...dims.slice(1)], dtype } as unknown as T;
}

/** Values of float32 as rows of a shape. */
export function asRows(data: Float32Array, row: readonly number[]): Tensor<'float32'> {
  const size = row.reduce((product, dim) => product * dim, 1);
  return tensor(data, [data.length / size, ...row]);
}
