import { findPython } from './find-python.ts';

/**
 * A Python that has PyTorch and what its exporters need: `LATENTKIT_TORCH`, else `python3`.
 *
 * @param more further modules that it must have
 * @returns its path, or what is missing
 */
export function findTorch(more: readonly string[] = []): ReturnType<typeof findPython> {
  return findPython('LATENTKIT_TORCH', ['torch', 'onnx', 'onnxscript', ...more]);
}
