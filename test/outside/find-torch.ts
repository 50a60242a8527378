import { spawnSync } from 'node:child_process';

/**
 * A Python that has PyTorch and what its exporters need: `LATENTKIT_TORCH`, else `python3`.
 *
 * @param more further modules that it must have
 * @returns its path, or what is missing
 */
export function findTorch(
  more: readonly string[] = [],
): { readonly python: string } | { readonly missing: string } {
  const python = process.env['LATENTKIT_TORCH'] ?? 'python3';
  const modules = ['torch', 'onnx', 'onnxscript', ...more];
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`]);
  if (status === 0) return { python };
  return {
    missing: `${python} lacks one of ${modules.join(', ')}; LATENTKIT_TORCH names one that has them`,
  };
}
