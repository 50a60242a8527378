import * as core from '@latentkit/core';
import type { DeviceOption } from './devices.ts';
import { modelSource, type Source } from './model-source.ts';
import { type Execution, nodePlatform } from './platform.ts';

export interface LoadOptions extends core.LoadOptions {
  /** Where to run: `'auto'` (the default), a device, or several in order of preference. */
  readonly device?: DeviceOption | undefined;
  /** Refuse to fall back: the first device asked for, or an error. */
  readonly strict?: boolean | undefined;
  /**
   * `'inline'` (the default) runs on the calling thread: the lowest latency, but the event loop waits
   * for each run. `'worker'` runs on worker threads: the event loop never waits.
   */
  readonly execution?: Execution | undefined;
  /** Worker threads, for `execution: 'worker'`; 1 by default. Each holds the weights once. */
  readonly workers?: number | undefined;
  /**
   * Threads within one operator; by default ONNX Runtime's choice, or, with several workers, their
   * share of the cores.
   */
  readonly threads?: number | undefined;
}

/**
 * Loads a whole model.
 *
 * @param source a folder, a `file:` URL, or the files in memory
 * @throws CardError, IntegrityError, DeviceError, AbortedError, LatentkitError `not-found`
 */
export function loadAutoencoder<K extends core.LatentKind = core.LatentKind>(
  source: Source,
  options: LoadOptions = {},
): Promise<core.Autoencoder<K>> {
  return load(core.loadAutoencoder<K>, source, options);
}

/** Loads the encoder alone; the decoder's file is not read. See {@link loadAutoencoder}. */
export function loadEncoder<K extends core.LatentKind = core.LatentKind>(
  source: Source,
  options: LoadOptions = {},
): Promise<core.Encoder<K>> {
  return load(core.loadEncoder<K>, source, options);
}

/** Loads the decoder alone; the encoder's file is not read. See {@link loadAutoencoder}. */
export function loadDecoder(source: Source, options: LoadOptions = {}): Promise<core.Decoder> {
  return load(core.loadDecoder, source, options);
}

async function load<T>(
  loader: (
    platform: core.Platform,
    source: core.ModelSource,
    options: core.LoadOptions,
  ) => Promise<T>,
  source: Source,
  options: LoadOptions,
): Promise<T> {
  const { device = 'auto', strict = false, execution = 'inline', workers = 1, threads } = options;
  if (execution !== 'inline' && execution !== 'worker') {
    throw new core.ArgumentError('execution', "'inline' or 'worker'", execution);
  }
  checkThreads('workers', workers);
  if (threads !== undefined) checkThreads('threads', threads);
  const platform = nodePlatform({ device, strict, execution, workers, threads });
  return loader(platform, modelSource(source), options);
}

function checkThreads(argument: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1 || count > 256) {
    throw new core.ArgumentError(argument, 'an integer from 1 to 256', count);
  }
}
