import * as core from '@latentkit/core';
import type { DeviceOption } from './devices.ts';
import { modelSource, type Source } from './model-source.ts';
import { nodePlatform } from './platform.ts';

export interface LoadOptions extends core.LoadOptions {
  /** Where to run: `'auto'` (the default), a device, or several in order of preference. */
  readonly device?: DeviceOption | undefined;
  /** Refuse to fall back: the first device asked for, or an error. */
  readonly strict?: boolean | undefined;
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
  const { device = 'auto', strict = false } = options;
  return loader(nodePlatform({ device, strict }), modelSource(source), options);
}
