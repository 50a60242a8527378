import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  // The declarations hold the comments that users read.
  outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
  fixedExtension: true,
  // Compiled in: users install no @latentkit/system.
  deps: { alwaysBundle: [/^@latentkit\/system/] },
});
