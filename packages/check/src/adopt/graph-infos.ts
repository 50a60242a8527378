import { LatentkitError, type ModelCard, sizeOf, type Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { type Model, writeModel } from '@latentkit/onnx';

/** Inputs and outputs of a graph, as its card has them. */
export type GraphInfo = Pick<ModelCard['graphs']['encoder'], 'inputs' | 'outputs'>;

/** Inputs and outputs as ONNX Runtime has them, sizes that it does not know taken from a run. */
export async function graphInfo(model: Model): Promise<GraphInfo> {
  const runner = await createRunner(writeModel(model), { threads: 1 });
  try {
    const inputs = runner.inputs.map(({ name, dtype, shape }) => ({
      name,
      dtype: dtype as GraphInfo['inputs'][0]['dtype'],
      shape: ['batch', ...shape.slice(1)],
    }));
    const zeros = inputs.map(({ name, dtype, shape }) => [name, zero(dtype, shape.slice(1))]);
    const outputs = await runner.run(Object.fromEntries(zeros));
    return {
      inputs,
      outputs: Object.entries(outputs).map(([name, { dtype, dims }]) => ({
        name,
        dtype: dtype as GraphInfo['inputs'][0]['dtype'],
        shape: ['batch', ...dims.slice(1)],
      })),
    };
  } finally {
    await runner.dispose();
  }
}

function zero(dtype: string, row: readonly (number | string)[]): Tensor {
  if (!row.every((dim): dim is number => typeof dim === 'number')) {
    throw new LatentkitError(
      'invalid-data',
      `An input has open dimensions beside the batch: [${row.join(', ')}]. Export the model for one size of items.`,
    );
  }
  if (dtype !== 'float32' && dtype !== 'int32') {
    throw new LatentkitError(
      'invalid-data',
      `An input is of ${dtype}; items and latents are of float32. Export the model in float32, with bytes as floats.`,
    );
  }
  const size = sizeOf(row);
  const data = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
  return { data, dims: [1, ...row], dtype } as Tensor;
}

/** Elements of a row. */
export function sizeOfRow(infos: GraphInfo['outputs'], name: string): number {
  const { shape = [] } = infos.find((info) => info.name === name) ?? {};
  return sizeOf(shape.slice(1) as number[]);
}
