import { wasmBuild } from '../ort/wasm-build.ts';
import { runWorker } from './run-worker.ts';

runWorker({ wasm: wasmBuild });
