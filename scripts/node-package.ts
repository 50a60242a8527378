import type { UserConfig } from 'tsdown';
import { leanerMaps } from './leaner-maps.ts';

const WITHOUT_SPACES = { mangle: false, compress: false, codegen: { removeWhitespace: true } };

/** How those of our packages are built that are for Node alone. */
export const nodePackage = {
  platform: 'node',
  target: 'es2023',
  sourcemap: true,
  hooks: { 'build:done': leanerMaps },
  outputOptions: (options, format) => ({
    ...options,
    // The declarations hold the comments that users read.
    comments: { legal: true, annotation: true, jsdoc: false },
    // The text of the sources is in the maps of one of the two copies.
    sourcemapExcludeSources: format === 'cjs',
    // Jest's own environment has `require` alone.
    dynamicImportInCjs: false,
    // Of the second copy, with the names that traces of errors show.
    ...(format === 'cjs' ? { minify: WITHOUT_SPACES } : {}),
  }),
  fixedExtension: true,
  // Compiled in: users install neither.
  deps: { alwaysBundle: [/^@latentkit\/(oip|system)/] },
} as const satisfies UserConfig;
