export * from '@latentkit/core';
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
export type { Device, DeviceOption } from './ort/devices.ts';
export { createRunner, type RunnerOptions } from './ort/ort-runner.ts';
