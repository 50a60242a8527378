import { availableParallelism } from 'node:os';
import {
  ArgumentError,
  type Autoencoder,
  type Decoder,
  type Encoder,
  type Execution,
  type Golden,
  type LatentKind,
  type ModelCard,
} from '@latentkit/core';
import * as core from '@latentkit/core/runtime';
import { isServed } from '@latentkit/oip/is-served';
import { cacheFolder, checkFilled } from '@latentkit/system';
import type { Picture } from './images/images.ts';
import type { DeviceOption } from './ort/devices.ts';
import { nodePlatform } from './platform.ts';
import { modelSource } from './sources/model-source.ts';
import type { Source } from './sources/source.ts';

export interface LoadOptions extends core.LoadOptions {
  /**
   * Where to run: a device, several in order of preference, or `'auto'` (the default), which keeps
   * small models on the CPU and measures larger ones on what the machine has.
   */
  readonly device?: DeviceOption | undefined;
  /**
   * Refuse to fall back: every node on the first device asked for, or an error. Without it a device
   * may leave nodes that it lacks to the CPU, and the next device of the list is tried.
   */
  readonly strict?: boolean | undefined;
  /**
   * `'inline'` (the default) runs on the calling thread: the lowest latency, but the event loop waits
   * for each run. `'worker'` runs on worker threads: the event loop never waits.
   */
  readonly execution?: Execution | undefined;
  /**
   * Worker threads, for `execution: 'worker'` alone; 2 by default (1 on a single core, and on GPUs): while one
   * waits for its next batch the other computes. Each holds the weights once.
   */
  readonly workers?: number | undefined;
  /**
   * Threads within one operator; by default ONNX Runtime's choice, or, with several workers, their
   * share of the cores.
   */
  readonly threads?: number | undefined;
  /**
   * Folder for downloads and for what `'auto'` measured; by default LATENTKIT_CACHE or `latentkit` in
   * the platform's folder for caches.
   */
  readonly cacheDir?: string | undefined;
  /** Use downloads that are in the cache, and no network. */
  readonly offline?: boolean | undefined;
  /** Downloads of larger files are refused, in bytes; 2 GiB by default, `Infinity` for as large as their cards say. */
  readonly maxBytes?: number | undefined;
  /** Used for downloads in the place of `globalThis.fetch`, to add headers or a proxy for example. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Their names. */
const OPTIONS: Readonly<Record<keyof LoadOptions, true>> = {
  ...core.LOAD_OPTIONS,
  device: true,
  strict: true,
  execution: true,
  workers: true,
  threads: true,
  cacheDir: true,
  offline: true,
  maxBytes: true,
  fetch: true,
};

/**
 * Loads a whole model.
 *
 * @param source a folder or the `model.json` in it, by its path or its `file:`, `http:` or `https:` URL; the
 *   files in memory; or a model that a server runs, `oip+http://host:port/NAME`
 * @throws CardError, IntegrityError, DeviceError, ArgumentError, AbortedError; LatentkitError
 *   `not-found`, `network`, `too-large`, `unwritable`, `missing-dependency`; `queue-full` of a server
 */
export function loadAutoencoder<K extends LatentKind>(
  source: Source,
  options: LoadOptions & { readonly latent: K },
): Promise<Autoencoder<K, Picture>>;
export function loadAutoencoder(
  source: Source,
  options?: LoadOptions,
): Promise<Autoencoder<LatentKind, Picture>>;
export function loadAutoencoder(
  source: Source,
  options: LoadOptions = {},
): Promise<Autoencoder<LatentKind, Picture>> {
  return load<Autoencoder<LatentKind, Picture>>(core.loadAutoencoder, source, options);
}

/**
 * Opens all graphs of a model, and gives what runs them, with neither encoder nor decoder over it. See
 * {@link loadAutoencoder}.
 */
export function openGraphs(source: Source, options: LoadOptions = {}): Promise<core.OpenModel> {
  return load(core.openGraphs, source, options);
}

/** Loads the encoder alone; the decoder's file is not read. See {@link loadAutoencoder}. */
export function loadEncoder<K extends LatentKind>(
  source: Source,
  options: LoadOptions & { readonly latent: K },
): Promise<Encoder<K, Picture>>;
export function loadEncoder(
  source: Source,
  options?: LoadOptions,
): Promise<Encoder<LatentKind, Picture>>;
export function loadEncoder(
  source: Source,
  options: LoadOptions = {},
): Promise<Encoder<LatentKind, Picture>> {
  return load<Encoder<LatentKind, Picture>>(core.loadEncoder, source, options);
}

/** Loads the decoder alone; the encoder's file is not read. See {@link loadAutoencoder}. */
export function loadDecoder(source: Source, options: LoadOptions = {}): Promise<Decoder> {
  return load(core.loadDecoder, source, options);
}

/** Reads and validates the card of a model, and no graph. See {@link loadAutoencoder}. */
export function loadCard(source: Source, options: LoadOptions = {}): Promise<ModelCard> {
  return load((_, from, given) => core.loadCard(from, given), source, options);
}

/**
 * Reads the golden values of a model: inputs, and what the trainer made of them. See {@link loadAutoencoder}.
 *
 * @throws LatentkitError `not-found` for a model without any, `unsupported-format` for those of an earlier
 *   version, `invalid-data`
 */
export function loadGolden(source: Source, options: LoadOptions = {}): Promise<Golden> {
  return load(core.loadGolden, source, options);
}

/**
 * Reads the card of a model and the bytes of its graphs in full precision, checked against the card, and opens none:
 * for programs that look into graphs, or train on from them. See {@link loadAutoencoder}.
 */
export function loadGraphs(source: Source, options: LoadOptions = {}): Promise<core.ModelGraphs> {
  return load(core.loadGraphs, source, options);
}

async function load<T>(
  loader: (
    platform: core.Platform<Picture>,
    source: core.ModelSource,
    options: core.LoadOptions,
  ) => Promise<T>,
  source: Source,
  options: LoadOptions,
): Promise<T> {
  core.checkNames(options, OPTIONS);
  const { device = 'auto', strict = false, execution = 'inline', threads } = options;
  const { workers = Math.min(2, availableParallelism()) } = options;
  core.checkExecution(execution);
  core.checkThreads('workers', workers);
  if (options.workers !== undefined && execution !== 'worker') {
    throw new ArgumentError('workers', "none without execution: 'worker'", workers);
  }
  if (threads !== undefined) core.checkThreads('threads', threads);
  const { cacheDir = cacheFolder(), offline = false, maxBytes = 2 ** 31 } = options;
  core.checkFlag('strict', strict);
  core.checkFlag('offline', offline);
  checkFilled('cacheDir', cacheDir, 'the path of a folder');
  if (typeof maxBytes !== 'number' || !(maxBytes >= 0)) {
    throw new ArgumentError('maxBytes', 'a number of bytes, of at least 0', maxBytes);
  }
  core.checkCallback('fetch', options.fetch);
  const { fetch = globalThis.fetch } = options;
  const platform = nodePlatform({ device, strict, execution, workers, threads, cacheDir });
  const from = isServed(source)
    ? (await import('@latentkit/oip')).oipSource(source, { fetch }, options)
    : await modelSource(source, { cacheDir, offline, maxBytes, fetch });
  return loader(platform, from, options);
}
