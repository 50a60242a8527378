import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

/**
 * What the door shares with the rooms that it loads later, in one file beside it: each further file takes half a
 * millisecond of the start of a process.
 */
const shared = {
  groups: [{ name: 'shared', test: /(?<!\.d)\.[cm]?[jt]s$/, minShareCount: 2 }],
};

export default defineConfig([
  {
    ...nodePackage,
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    outputOptions: (options, format) => ({
      ...nodePackage.outputOptions(options, format),
      codeSplitting: shared,
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
