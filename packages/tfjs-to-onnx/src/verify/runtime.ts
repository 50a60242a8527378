import { ExportError } from '../error.ts';

/** A tensor as ONNX Runtime's JavaScript packages have it. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

export interface RuntimeSession {
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/** What verification needs of onnxruntime-node, or of onnxruntime-web. */
export interface Runtime {
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: {
        graphOptimizationLevel: 'disabled' | 'all';
        logSeverityLevel: 3;
        intraOpNumThreads: 1;
      },
    ): Promise<RuntimeSession>;
  };
  readonly Tensor: new (
    type: 'float32' | 'int32' | 'bool',
    data: Float32Array | Int32Array | Uint8Array,
    dims: readonly number[],
  ) => RuntimeTensor;
}

/**
 * onnxruntime-node, an optional peer.
 *
 * @throws ExportError `missing-dependency` where it is not installed
 */
export async function loadRuntime(): Promise<Runtime> {
  try {
    // Loaded when it is needed only: exports on pages are verified elsewhere, or not.
    const { loadOrt } = await import('@latentkit/system/ort');
    return (await loadOrt()) as unknown as Runtime;
  } catch (cause) {
    throw new ExportError(
      'missing-dependency',
      'Exports are verified in ONNX Runtime, and onnxruntime-node could not be loaded. Install it (npm install onnxruntime-node), pass verify: { runtime } with onnxruntime-web, or verify: false to export unverified.',
      { cause },
    );
  }
}
