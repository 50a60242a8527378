export {
  createRunner,
  isCached,
  loadAutoencoder,
  loadDecoder,
  loadEncoder,
  offlineManifest,
  prefetch,
} from './doors/wasm.ts';
export * from './every-door.ts';
