/** What all doors of this package have: only the loaders differ, by the devices whose files they reach. */

export * from './contract.ts';
export {
  type CachedQuestion,
  type EvictOptions,
  evict,
  type ManifestEntry,
  type ManifestMaker,
  type Prefetcher,
  type PrefetchOptions,
} from './doors/keeper.ts';
export {
  type AutoencoderLoader,
  type CardOptions,
  type DecoderLoader,
  type EncoderLoader,
  loadCard,
  type Source,
} from './doors/loader.ts';
export type { ModelFilesOptions } from './doors/model-files.ts';
export type { RunnerOpener } from './doors/runner-opener.ts';
export type { LivePicture, Picture, PictureInput } from './images/picture.ts';
export { readImages, streamImages } from './images/read-images.ts';
export {
  type BlobOptions,
  drawTo,
  type PictureItems,
  type ShowOptions,
  toBlob,
  toImageData,
} from './images/show-items.ts';
export type { LoadOptions } from './options.ts';
export type { RunnerOptions } from './ort/create-runner.ts';
export type { WasmPaths, WebDevice } from './ort/placement.ts';
export type { CacheOptions } from './sources/caching.ts';
export { clearCache } from './sources/file-cache.ts';
export type { Offline } from './sources/url-source.ts';
