import { dirname, join, sep } from 'node:path';
import { requireHere } from '@latentkit/system/ort';
import { setBackend } from './set-backend.ts';

/** Opens the WebAssembly backend with the files of its own package, wherever this code is bundled to. */
export async function openWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const manifest = requireHere().resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(join(dirname(manifest), 'dist') + sep);
  await setBackend('wasm');
}
