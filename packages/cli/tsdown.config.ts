import { defineConfig } from 'tsdown';
import { nodePackage } from '../../scripts/node-package.ts';

export default defineConfig({
  ...nodePackage,
  entry: { index: 'src/index.ts', 'doctor-child': 'src/doctor/child.ts' },
  format: ['esm'],
  dts: { entry: 'src/index.ts' },
});
