import type { GraphName, Precision } from '@latentkit/core';
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
  /** Nodes by operator. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** @throws ExportError where a kernel cannot be exported */
export async function exportGraph({ name, inputs, run }: GraphFunction): Promise<ExportedGraph> {
  const specs = Object.fromEntries(
    inputs.map(({ name, dtype, shape, range }) => [
      name,
      { shape: [null, ...shape], dtype, range },
    ]),
  );
  const { bytes, report } = await toOnnx(run, { name, inputs: specs });
  return { bytes, nodes: report.nodes };
}
