import type { GraphName, Precision } from '@latentkit/core';
import type { Model } from '@latentkit/onnx';
import { toOnnx } from '@latentkit/tfjs-to-onnx';
import type { GraphFunction } from '../families/family.ts';

/** Something for each graph of a model: every model has an encoder and a decoder. */
export type PerGraph<T> = Readonly<
  Record<'encoder' | 'decoder', T> & Partial<Record<GraphName, T>>
>;

/** The file of a graph in one precision. */
export function graphFile(name: string, precision: Precision = 'fp32'): string {
  return precision === 'fp32' ? `${name}.onnx` : `${name}.${precision}.onnx`;
}

export interface ExportedGraph {
  readonly bytes: Uint8Array;
  readonly model: Model;
  /** Nodes by operator. */
  readonly nodes: Readonly<Record<string, number>>;
}

/**
 * @param verify whether what comes out is compared with tfjs
 * @throws ExportError where a kernel cannot be exported
 */
export async function exportGraph(
  { name, inputs, run }: GraphFunction,
  { verify = true } = {},
): Promise<ExportedGraph> {
  const specs = Object.fromEntries(
    inputs.map(({ name, dtype, shape, range }) => [
      name,
      { shape: [null, ...shape], dtype, range },
    ]),
  );
  const { bytes, model, report } = await toOnnx(run, { name, inputs: specs, verify });
  return { bytes, model, nodes: report.nodes };
}
