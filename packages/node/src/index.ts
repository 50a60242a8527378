export type { ModelGraphs, OpenModel } from '@latentkit/core/runtime';
export * from './contract.ts';
export {
  type EncodeImageOptions,
  encodeImages,
  type ImageFormat,
  type ImageInput,
  type Picture,
  readImages,
  streamImages,
  writeImages,
} from './images/images.ts';
export {
  type LoadOptions,
  loadAutoencoder,
  loadCard,
  loadDecoder,
  loadEncoder,
  loadGolden,
  loadGraphs,
  openGraphs,
} from './load.ts';
export type { Device, DeviceOption } from './ort/devices.ts';
export { createRunner, type RunnerOptions } from './ort/ort-runner.ts';
export type { Source } from './sources/source.ts';
