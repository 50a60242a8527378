import { defineConfig } from 'tsdown';

const shared = {
  platform: 'browser',
  target: 'es2023',
  sourcemap: true,
  fixedExtension: true,
  dts: true,
} as const;

export default defineConfig([
  { ...shared, entry: { index: 'src/index.ts', worker: 'src/worker/worker.ts' }, format: 'esm' },
  {
    ...shared,
    entry: ['src/index.ts'],
    format: 'cjs',
    clean: false,
    // A CommonJS module in a browser has no address (worker/spawn-worker.ts).
    define: { 'import.meta.url': 'undefined' },
  },
]);
