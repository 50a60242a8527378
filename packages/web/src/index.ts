export * from '@latentkit/core';
export { createRunner, type RunnerOptions } from './create-runner.ts';
export { clearCache } from './file-cache.ts';
export { loadAutoencoder, loadDecoder, loadEncoder } from './load.ts';
export type { ModelFiles } from './memory-source.ts';
export type { LoadOptions, WasmPaths, WebDevice } from './options.ts';
