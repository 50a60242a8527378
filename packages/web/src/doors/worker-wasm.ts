import { wasmBuild } from '../ort/wasm-build.ts';
import { runWorker } from '../worker/run-worker.ts';

runWorker({ wasm: wasmBuild });
