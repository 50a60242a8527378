import { defineConfig } from 'tsdown';
import { leanerMaps } from '../../scripts/leaner-maps.ts';

export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node.ts', passes: 'src/rewrite/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  deps: { neverBundle: [/^node:/] },
  target: 'es2023',
  dts: true,
  sourcemap: true,
  hooks: { 'build:done': leanerMaps },
  outputOptions: (options, format) => ({
    ...options,
    // The declarations hold the comments that users read.
    comments: { legal: true, annotation: true, jsdoc: false },
    // The text of the sources is in the maps of one of the two copies.
    sourcemapExcludeSources: format === 'cjs',
  }),
  fixedExtension: true,
});
