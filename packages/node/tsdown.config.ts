import { defineConfig } from 'tsdown';

const shared = {
  platform: 'node',
  target: 'es2023',
  sourcemap: true,
  // The declarations hold the comments that users read.
  outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
  fixedExtension: true,
  // Compiled in: users install no @latentkit/system.
  deps: { alwaysBundle: [/^@latentkit\/system/] },
} as const;

export default defineConfig([
  { ...shared, entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true },
  // Started by its path; in both formats, so that `@latentkit/node/worker` resolves for either kind of code.
  { ...shared, entry: ['src/worker/worker.ts'], format: ['esm', 'cjs'], dts: true, clean: false },
]);
