import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

export default defineConfig({
  ...nodePackage,
  entry: ['src/index.ts'],
  format: ['esm'],
  dts: true,
});
