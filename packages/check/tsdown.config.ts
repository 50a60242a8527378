import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

export default defineConfig([
  { ...nodePackage, entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true },
  // Started by its path as a process of its own, and served to a page.
  {
    ...nodePackage,
    entry: ['src/devices/wasm-process.mjs', 'src/devices/browser-page.mjs'],
    format: ['esm'],
    dts: false,
    clean: false,
  },
]);
