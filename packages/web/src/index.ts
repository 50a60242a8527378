export * from '@latentkit/core';
export { loadAutoencoder, loadDecoder, loadEncoder } from './load.ts';
export type { LoadOptions } from './options.ts';
export { createRunner, type RunnerOptions } from './ort/create-runner.ts';
export type { WasmPaths, WebDevice } from './ort/placement.ts';
export { clearCache } from './sources/file-cache.ts';
