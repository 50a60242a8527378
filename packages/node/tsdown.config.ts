import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

export default defineConfig([
  { ...nodePackage, entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true },
  // Started by its path; in both formats, so that `@latentkit/node/worker` resolves for either kind of code.
  {
    ...nodePackage,
    entry: ['src/worker/worker.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    clean: false,
  },
]);
