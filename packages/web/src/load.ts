import type {
  Autoencoder,
  Decoder,
  Encoder,
  LatentKind,
  ModelSource,
  Platform,
} from '@latentkit/core';
import * as core from '@latentkit/core';
import type { LoadOptions } from './options.ts';
import { openGraphs } from './ort/open-graphs.ts';
import { placementOf } from './ort/placement.ts';
import { browserCache } from './sources/file-cache.ts';
import { sha256 } from './sources/sha256.ts';
import { urlSource } from './sources/url-source.ts';
import { spawnWorker } from './worker/spawn-worker.ts';
import { workerPort } from './worker/worker-port.ts';

/**
 * Loads a model: both halves, on one device.
 *
 * @param source the URL of the model's folder (relative to the page), or its files by name
 * @throws CardError, IntegrityError, DeviceError, ArgumentError, AbortedError; LatentkitError
 *   `not-found`, `network`
 */
export function loadAutoencoder<K extends LatentKind>(
  source: string | URL | core.ModelFiles,
  options: LoadOptions & { readonly latent: K },
): Promise<Autoencoder<K>>;
export function loadAutoencoder(
  source: string | URL | core.ModelFiles,
  options?: LoadOptions,
): Promise<Autoencoder>;
export async function loadAutoencoder(
  source: string | URL | core.ModelFiles,
  options: LoadOptions = {},
): Promise<Autoencoder> {
  const { platform, modelSource } = prepare(source, options);
  return core.loadAutoencoder(platform, modelSource, options);
}

/** Loads and fetches the encoder alone; see {@link loadAutoencoder}. */
export function loadEncoder<K extends LatentKind>(
  source: string | URL | core.ModelFiles,
  options: LoadOptions & { readonly latent: K },
): Promise<Encoder<K>>;
export function loadEncoder(
  source: string | URL | core.ModelFiles,
  options?: LoadOptions,
): Promise<Encoder>;
export async function loadEncoder(
  source: string | URL | core.ModelFiles,
  options: LoadOptions = {},
): Promise<Encoder> {
  const { platform, modelSource } = prepare(source, options);
  return core.loadEncoder(platform, modelSource, options);
}

/** Loads and fetches the decoder alone; see {@link loadAutoencoder}. */
export async function loadDecoder(
  source: string | URL | core.ModelFiles,
  options: LoadOptions = {},
): Promise<Decoder> {
  const { platform, modelSource } = prepare(source, options);
  return core.loadDecoder(platform, modelSource, options);
}

function prepare(
  source: string | URL | core.ModelFiles,
  options: LoadOptions,
): { platform: Platform; modelSource: ModelSource } {
  const baseUrl = globalThis.document?.baseURI ?? globalThis.location?.href;
  const placement = placementOf(options, baseUrl);
  const digest = rememberingDigest();
  const fromUrl = typeof source === 'string' || source instanceof URL;
  if (!fromUrl && (typeof source !== 'object' || source === null)) {
    throw new core.ArgumentError('source', "a URL, or the model's files by name", source);
  }
  const modelSource = fromUrl
    ? urlSource(source, {
        baseUrl,
        fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
        cache: (options.cache ?? true) ? browserCache : undefined,
        digest,
      })
    : core.memorySource(source);
  const spawn = options.worker ?? spawnWorker;
  return {
    modelSource,
    platform: {
      sha256: digest,
      open: (graphs, signal) =>
        options.execution === 'worker'
          ? core.openRemote([workerPort(spawn())], graphs, {
              settings: placement,
              owned: fromUrl,
              signal,
            })
          : openGraphs(graphs, placement, signal),
    },
  };
}

/** A file is verified by the cache and again by core; its digest is computed once. */
function rememberingDigest(): (bytes: Uint8Array) => Promise<string> {
  const known = new WeakMap<Uint8Array, Promise<string>>();
  return (bytes) => {
    const digest = known.get(bytes) ?? sha256(bytes);
    known.set(bytes, digest);
    return digest;
  };
}
