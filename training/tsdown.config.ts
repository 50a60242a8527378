import { defineConfig } from 'tsdown';
import { nodePackage } from '../scripts/node-package.ts';

export default defineConfig([
  {
    ...nodePackage,
    entry: {
      index: 'src/index.ts',
      browser: 'src/browser.ts',
      'for-bench': 'src/for-bench.ts',
      settings: 'src/settings/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
  },
  // One file for both builds, started by its path.
  {
    ...nodePackage,
    entry: ['src/run/batches/batch-worker.ts'],
    format: ['esm'],
    dts: false,
    clean: false,
  },
]);
