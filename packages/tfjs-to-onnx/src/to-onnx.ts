import { type Model, writeModel } from '@latentkit/onnx';
import type { ExportSource } from './source/source.ts';
import { count, type TraceFunctionOptions, traceSubject } from './trace-function.ts';
import {
  roundingText,
  type VerificationReport,
  type VerifyOptions,
  verifySubject,
} from './verify/verify.ts';

export interface ToOnnxOptions extends Omit<TraceFunctionOptions, 'variables'> {
  /**
   * Whether the export is run in ONNX Runtime and compared with tfjs before it is returned. Default
   * true, which needs onnxruntime-node.
   */
  readonly verify?: boolean | VerifyOptions;
}

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
  /** How close to tfjs the export came; null where it was not verified. */
  readonly verification: VerificationReport | null;
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
  const { subject, ...traced } = await traceSubject(source, options);
  const { model, warnings, kernels, assignments } = traced;
  const bytes = writeModel(model);
  let verification: VerificationReport | null = null;
  try {
    const verify = options.verify ?? true;
    if (verify !== false) {
      verification = await verifySubject({ ...subject, bytes }, verify === true ? {} : verify);
    }
  } finally {
    subject.graph.dispose();
  }
  const constants = [...model.graph.initializers.values()];
  const report: ExportReport = {
    nodes: count(model.graph.nodes.map(({ opType }) => opType)),
    kernels,
    parameters: constants.reduce(
      (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
      0,
    ),
    byteLength: bytes.length,
    verification,
    warnings: [
      ...warnings,
      ...(verification?.roundings ?? []).map((note) => roundingText(note, subject.inputs)),
      ...assignments.map(
        ({ variable, output }) =>
          `The function assigns the variable '${variable.name}'; its new value is the output '${output}'.`,
      ),
    ],
  };
  return { model, bytes, report };
}
