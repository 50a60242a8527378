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
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      browser: 'src/browser.ts',
      settings: 'src/settings/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
  },
  // One file for both builds, started by its path.
  { ...shared, entry: ['src/run/batch-worker.ts'], format: ['esm'], dts: false, clean: false },
]);
