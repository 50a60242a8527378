import { defineConfig } from 'tsdown';

/**
 * Compiled into the package: to find and parse their own files would take a tenth of the time that a
 * process needs to its first embedding. The declarations still name valibot's.
 */
const COMPILED_IN = /^(valibot|pure-rand)(\/|$)/;
const LICENSES = ['valibot/LICENSE.md', 'pure-rand/LICENSE'];

export default defineConfig({
  entry: { index: 'src/index.ts', runtime: 'src/runtime.ts', testing: 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  fixedExtension: true,
  // Of the comments, the declarations hold what users read.
  outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
  deps: {
    alwaysBundle: (id, importer) => COMPILED_IN.test(id) && !importer?.endsWith('.d.ts'),
    onlyBundle: ['valibot', 'pure-rand'],
  },
  copy: LICENSES.map((file) => ({
    from: `../../node_modules/${file}`,
    to: 'dist/licenses',
    rename: file.replace('/', '-'),
  })),
});
