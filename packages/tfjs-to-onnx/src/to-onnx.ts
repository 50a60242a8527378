import { type Model, writeModel } from '@latentkit/onnx';
import { checkOptions } from './check-options.ts';
import type { ExportSource } from './source/source.ts';
import { storedHalvesText } from './stored-halves.ts';
import { backendsBySpeed, openBackend, type PassedOver } from './trace/backend.ts';
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
  /**
   * The tfjs backend, one that is registered, on which the model is traced and verified. Default the
   * fastest of tfjs-node's `tensorflow`, `wasm` and `cpu` that is registered and runs the model, and the
   * current one where that is another, such as `webgl`. The program's own backend stays what it is.
   */
  readonly backend?: string;
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
  /** The tfjs backend that it was traced on and compared with, and faster ones that it could not be. */
  readonly backend: { readonly name: string; readonly passedOver: readonly PassedOver[] };
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
  checkOptions(options);
  const backends = options.backend === undefined ? await backendsBySpeed() : [options.backend];
  const passedOver: PassedOver[] = [];
  for (const name of backends.slice(0, -1)) {
    try {
      return await exportOn(name, source, options, passedOver);
    } catch (error) {
      // It may lack a kernel, or be mistaken in one: what is wrong is for the program's own backend to say.
      passedOver.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return exportOn(backends.at(-1) as string, source, options, passedOver);
}

async function exportOn(
  backend: string,
  source: ExportSource,
  options: ToOnnxOptions,
  passedOver: readonly PassedOver[],
): Promise<ExportResult> {
  await openBackend(backend);
  const { subject, ...traced } = await traceSubject(source, options, backend);
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
  const storedHalves = storedHalvesText(model);
  const report: ExportReport = {
    nodes: count(model.graph.nodes.map(({ opType }) => opType)),
    kernels,
    parameters: constants.reduce(
      (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
      0,
    ),
    byteLength: bytes.length,
    verification,
    backend: { name: backend, passedOver: [...passedOver] },
    warnings: [
      ...warnings,
      ...(storedHalves === null ? [] : [storedHalves]),
      ...(verification?.roundings ?? []).map((note) => roundingText(note, subject.inputs)),
      ...assignments.map(
        ({ variable, output }) =>
          `The function assigns the variable '${variable.name}'; its new value is the output '${output}'.`,
      ),
    ],
  };
  return { model, bytes, report };
}
