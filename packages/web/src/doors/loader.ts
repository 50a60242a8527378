import type {
  Autoencoder,
  Decoder,
  Encoder,
  LatentKind,
  ModelCard,
  ModelFiles,
} from '@latentkit/core';
import type { ModelSource, Platform } from '@latentkit/core/runtime';
import * as core from '@latentkit/core/runtime';
import { isServed } from '@latentkit/oip/is-served';
import type { Picture } from '../images/picture.ts';
import { readImages } from '../images/read-images.ts';
import { isAddress } from '../kind-of.ts';
import { type LoadOptions, OPTIONS } from '../options.ts';
import { type Placement, placementOf, type WebDevice } from '../ort/placement.ts';
import { checkCaching } from '../sources/caching.ts';
import { pageFetch } from '../sources/download.ts';
import { browserCache } from '../sources/file-cache.ts';
import { addressOfPage } from '../sources/page-address.ts';
import { byName, isPicked, type PickedFiles } from '../sources/picked-files.ts';
import { sha256 } from '../sources/sha256.ts';
import { folderOf, urlSource } from '../sources/url-source.ts';
import { warnOnce } from '../sources/warn.ts';
import type { Door } from './door.ts';
import { openPlaced } from './open-placed.ts';

/**
 * A model: the URL of its folder or of its `model.json` (relative to the page), its files by name, files
 * that a user picked or dropped (`input.files`), or one that a server runs, `oip+http://host:port/NAME`.
 */
export type Source = string | URL | ModelFiles | PickedFiles;

/**
 * Loads a model: both halves, on one device.
 *
 * @param source its address, or its files
 * @throws CardError, IntegrityError, DeviceError, ArgumentError, AbortedError; LatentkitError
 *   `not-found`, `network`; `queue-full` of a server
 */
export interface AutoencoderLoader<D extends WebDevice> {
  <K extends LatentKind>(
    source: Source,
    options: LoadOptions<D> & { readonly latent: K },
  ): Promise<Autoencoder<K, Picture>>;
  (source: Source, options?: LoadOptions<D>): Promise<Autoencoder<LatentKind, Picture>>;
}

/** Loads and fetches the encoder alone; see {@link AutoencoderLoader}. */
export interface EncoderLoader<D extends WebDevice> {
  <K extends LatentKind>(
    source: Source,
    options: LoadOptions<D> & { readonly latent: K },
  ): Promise<Encoder<K, Picture>>;
  (source: Source, options?: LoadOptions<D>): Promise<Encoder<LatentKind, Picture>>;
}

/** Loads and fetches the decoder alone; see {@link AutoencoderLoader}. */
export type DecoderLoader<D extends WebDevice> = (
  source: Source,
  options?: LoadOptions<D>,
) => Promise<Decoder>;

export function autoencoderLoader<D extends WebDevice>(door: Door): AutoencoderLoader<D> {
  function loadAutoencoder<K extends LatentKind>(
    source: Source,
    options: LoadOptions<D> & { readonly latent: K },
  ): Promise<Autoencoder<K, Picture>>;
  function loadAutoencoder(
    source: Source,
    options?: LoadOptions<D>,
  ): Promise<Autoencoder<LatentKind, Picture>>;
  function loadAutoencoder(
    source: Source,
    options: LoadOptions<D> = {},
  ): Promise<Autoencoder<LatentKind, Picture>> {
    return load(door, source, options, core.loadAutoencoder);
  }
  return loadAutoencoder;
}

export function encoderLoader<D extends WebDevice>(door: Door): EncoderLoader<D> {
  function loadEncoder<K extends LatentKind>(
    source: Source,
    options: LoadOptions<D> & { readonly latent: K },
  ): Promise<Encoder<K, Picture>>;
  function loadEncoder(
    source: Source,
    options?: LoadOptions<D>,
  ): Promise<Encoder<LatentKind, Picture>>;
  function loadEncoder(
    source: Source,
    options: LoadOptions<D> = {},
  ): Promise<Encoder<LatentKind, Picture>> {
    return load(door, source, options, core.loadEncoder);
  }
  return loadEncoder;
}

export function decoderLoader<D extends WebDevice>(door: Door): DecoderLoader<D> {
  return (source, options = {}) => load(door, source, options, core.loadDecoder);
}

/** Which options reading a card has a use for. */
export type CardOptions = Pick<LoadOptions, 'fetch' | 'cache' | 'offline' | 'signal'>;

/**
 * Fetches and validates the card of a model, and no graph.
 *
 * @param source as {@link AutoencoderLoader} takes it
 * @throws CardError, ArgumentError, AbortedError; LatentkitError `not-found`, `network`
 */
export async function loadCard(source: Source, options: CardOptions = {}): Promise<ModelCard> {
  core.checkNames(options, OPTIONS);
  checkCaching(options);
  const { modelSource } = await sourceOf(source, options, addressOfPage(), sha256);
  return core.loadCard(modelSource, options);
}

/** Calls one of core's loaders with the sources, devices and workers of a door. */
async function load<T>(
  door: Door,
  source: Source,
  options: LoadOptions,
  loader: (
    platform: Platform<Picture>,
    source: ModelSource,
    options: core.LoadOptions,
  ) => Promise<T>,
): Promise<T> {
  core.checkNames(options, OPTIONS);
  const baseUrl = addressOfPage();
  const placement = placementOf(options, door, baseUrl);
  const digest = rememberingDigest();
  const { modelSource, owned } = await sourceOf(source, options, baseUrl, digest);
  return loader(platformOf(door, placement, options, owned, digest), modelSource, options);
}

async function sourceOf(
  source: Source,
  options: CardOptions,
  baseUrl: string | undefined,
  digest: (bytes: Uint8Array) => Promise<string>,
): Promise<{ modelSource: ModelSource; owned: boolean }> {
  const { cache = true, offline, fetch = pageFetch } = options;
  if (isServed(source)) {
    // Its code comes with the first such model: most pages never have one.
    const { oipSource } = await import('@latentkit/oip');
    return { modelSource: oipSource(source, { fetch }, options), owned: true };
  }
  if (isAddress(source)) {
    const modelSource = urlSource(folderOf(source, baseUrl), {
      fetch,
      cache: cache ? browserCache : undefined,
      offline,
      digest,
    });
    return { modelSource, owned: true };
  }
  core.checkObject('source', source, "a URL, or the model's files by name");
  const files = isPicked(source) ? byName(source) : source;
  return { modelSource: core.memorySource(files), owned: false };
}

function platformOf(
  door: Door,
  placement: Placement,
  options: LoadOptions,
  owned: boolean,
  digest: (bytes: Uint8Array) => Promise<string>,
): Platform<Picture> {
  return {
    readPictures: readImages,
    sha256: digest,
    warn: warnOnce,
    open: (graphs, { signal, selfTest }) => {
      const { execution, worker } = options;
      return openPlaced(door, graphs, placement, { execution, worker, owned, signal, selfTest });
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
