import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { setBackend } from './set-backend.ts';

/** Opens the WebAssembly backend with the files of its own package, wherever this code is bundled to. */
export async function openWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const manifest = createRequire(import.meta.url).resolve(
    '@tensorflow/tfjs-backend-wasm/package.json',
  );
  setWasmPaths(join(dirname(manifest), 'dist') + sep);
  await setBackend('wasm');
}
