import { spawnSync } from 'node:child_process';

/**
 * A Python that has some modules: the one that an environment variable names, else `python3`.
 *
 * @returns its path, or what is missing
 */
export function findPython(
  variable: string,
  modules: readonly string[],
): { readonly python: string } | { readonly missing: string } {
  const python = process.env[variable] ?? 'python3';
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`]);
  if (status === 0) return { python };
  return {
    missing: `${python} lacks one of ${modules.join(', ')}; ${variable} names one that has them`,
  };
}
