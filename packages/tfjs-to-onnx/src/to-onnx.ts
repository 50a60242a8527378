import { type Model, writeModel } from '@latentkit/onnx';
import type { ExportSource } from './source.ts';
import { count, type TraceFunctionOptions, traceFunction } from './trace-function.ts';

export type ToOnnxOptions = Omit<TraceFunctionOptions, 'variables'>;

export interface ExportReport {
  /** Nodes of the exported graph, by operator. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Kernels that tfjs ran, by name. */
  readonly kernels: Readonly<Record<string, number>>;
  /** Elements in constants. */
  readonly parameters: number;
  /** Size of the file in bytes. */
  readonly byteLength: number;
  readonly warnings: readonly string[];
}

export interface ExportResult {
  readonly model: Model;
  /** The `.onnx` file. The same model gives the same bytes. */
  readonly bytes: Uint8Array;
  readonly report: ExportReport;
}

/**
 * Exports a LayersModel, a GraphModel, or a function on tensors to ONNX.
 *
 * ```ts
 * const { bytes } = await toOnnx((x) => ({ mean: mean(x), log_var: logVar(x) }), {
 *   inputs: { x: { shape: [null, 784] } },
 * });
 * ```
 *
 * null in a shape is the dynamic dimension 'batch'; a string names another one. A model needs no
 * description of its inputs.
 *
 * @throws ExportError, as `traceFunction` does
 */
export async function toOnnx(
  source: ExportSource,
  options: ToOnnxOptions = {},
): Promise<ExportResult> {
  const { model, warnings, kernels, assignments } = await traceFunction(source, options);
  const bytes = writeModel(model);
  const constants = [...model.graph.initializers.values()];
  const report: ExportReport = {
    nodes: count(model.graph.nodes.map(({ opType }) => opType)),
    kernels,
    parameters: constants.reduce(
      (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
      0,
    ),
    byteLength: bytes.length,
    warnings: [
      ...warnings,
      ...assignments.map(
        ({ variable, output }) =>
          `The function assigns the variable '${variable.name}'; its new value is the output '${output}'.`,
      ),
    ],
  };
  return { model, bytes, report };
}
