import { defineConfig } from 'tsdown';

const shared = {
  platform: 'browser',
  target: 'es2023',
  sourcemap: true,
  fixedExtension: true,
  dts: true,
} as const;

export default defineConfig([
  { ...shared, entry: ['src/index.ts', 'src/worker.ts'], format: 'esm' },
  {
    ...shared,
    entry: ['src/index.ts'],
    format: 'cjs',
    clean: false,
    // A CommonJS module in a browser has no address (spawn-worker.ts).
    define: { 'import.meta.url': 'undefined' },
  },
]);
