import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

/** Declarations go through the same build. */
const CODE = String.raw`(?<!\.d)\.[cm]?[jt]s$`;

/** Reading and writing of files and pictures, which load node:crypto, wait for a first file or picture. */
const FILES = String.raw`.*system[\\/]src[\\/](files|pictures)[\\/]`;

/**
 * What the door shares with the rooms that it loads later, in one file beside it: each further file takes half a
 * millisecond of the start of a process. What only those rooms share is in another, which the door does not load.
 */
const codeSplitting = {
  groups: [
    { name: 'shared', test: new RegExp(`^(?!${FILES}).*${CODE}`), minShareCount: 2 },
    { name: 'files', test: new RegExp(CODE), minShareCount: 2 },
  ],
};

export default defineConfig([
  {
    ...nodePackage,
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    outputOptions: (options, format) => ({
      ...nodePackage.outputOptions(options, format),
      codeSplitting,
    }),
  },
  // Started by its path; in both formats, so that `@latentkit/node/worker` resolves for either kind of code.
  {
    ...nodePackage,
    entry: ['src/worker/worker.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    clean: false,
  },
]);
