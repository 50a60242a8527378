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
  // Started by its path as a process of its own.
  { ...shared, entry: ['src/devices/wasm-process.mjs'], format: ['esm'], dts: false, clean: false },
]);
