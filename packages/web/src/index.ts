export {
  createRunner,
  isCached,
  loadAutoencoder,
  loadDecoder,
  loadEncoder,
  offlineManifest,
  prefetch,
} from './doors/both.ts';
export * from './every-door.ts';
