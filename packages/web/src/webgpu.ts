export {
  createRunner,
  isCached,
  loadAutoencoder,
  loadDecoder,
  loadEncoder,
  offlineManifest,
  prefetch,
} from './doors/webgpu.ts';
export * from './every-door.ts';
