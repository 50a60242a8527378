import { toOnnx } from '@latentkit/tfjs-to-onnx';
import type * as tf from '@tensorflow/tfjs-core';
import type { TrainedModel } from './trained-model.ts';

export const GRAPH_NAMES = ['encoder', 'decoder'] as const;
export type GraphName = (typeof GRAPH_NAMES)[number];

/** A half of the model as a function on named tensors: what is exported, and what is checked against. */
export interface GraphFunction {
  readonly name: GraphName;
  readonly input: { readonly name: string; readonly size: number };
  /** Values of the input to trace with. */
  readonly range: readonly [number, number];
  run(input: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>>;
}

/** encoder: x → mean, log_var. decoder: z → (logits,) mean. Each [batch, size]. */
export function graphFunctions({ model, likelihood, valueRange }: TrainedModel): GraphFunction[] {
  return [
    {
      name: 'encoder',
      input: { name: 'x', size: model.itemSize },
      range: valueRange,
      run(x) {
        const [mean, logVar] = model.encoder.apply(x) as [tf.Tensor2D, tf.Tensor2D];
        return { mean, log_var: logVar };
      },
    },
    {
      name: 'decoder',
      input: { name: 'z', size: model.latentSize },
      range: [-3, 3],
      run: (z) => likelihood.outputs(model.decoder.apply(z) as tf.Tensor2D),
    },
  ];
}

export interface ExportedGraph {
  readonly bytes: Uint8Array;
  /** Nodes by operator. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** @throws ExportError where a kernel cannot be exported */
export async function exportGraph({
  name,
  input,
  range,
  run,
}: GraphFunction): Promise<ExportedGraph> {
  const { bytes, report } = await toOnnx(run, {
    name,
    inputs: { [input.name]: { shape: [null, input.size], range } },
  });
  return { bytes, nodes: report.nodes };
}
