export * from '@latentkit/core';
export type { ModelFiles } from './bytes-source.ts';
export type { Device, DeviceOption } from './devices.ts';
export {
  type EncodeImageOptions,
  encodeImages,
  type ImageFormat,
  type ImageInput,
  type ReadImageOptions,
  readImages,
  type StreamImageOptions,
  streamImages,
  writeImages,
} from './images.ts';
export { type LoadOptions, loadAutoencoder, loadDecoder, loadEncoder } from './load.ts';
export type { Source } from './model-source.ts';
export { createRunner, type RunnerOptions } from './ort-runner.ts';
export type { Execution } from './platform.ts';
