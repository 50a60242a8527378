import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node.ts', passes: 'src/rewrite/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  deps: { neverBundle: [/^node:/] },
  target: 'es2023',
  dts: true,
  sourcemap: true,
  // The declarations hold the comments that users read.
  outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
  fixedExtension: true,
});
