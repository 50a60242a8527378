import { ArgumentError } from '@latentkit/core';
import { checkChoice, checkFlag } from '@latentkit/core/runtime';
import type { Offline } from './url-source.ts';

/** Options of what is kept between visits. */
export interface CacheOptions {
  /**
   * Keep verified files, of models and of ONNX Runtime, in the browser's Cache storage, by their sha256;
   * true by default. No more than 1 GiB is kept: what was used longest ago goes first.
   */
  readonly cache?: boolean | undefined;
  /**
   * By default a model's card is fetched, and that of the last visit taken where the network fails.
   * `'prefer'` takes what is in the cache and asks the network for the rest only; `'only'` never asks it.
   */
  readonly offline?: Offline | undefined;
}

/** @throws ArgumentError */
export function checkCaching<T extends CacheOptions>(options: T): T {
  const { cache, offline } = options;
  checkFlag('cache', cache);
  if (offline !== undefined) checkChoice('offline', offline, ['prefer', 'only']);
  if (offline && cache === false) {
    throw new ArgumentError('offline', 'a cache to take files from (cache: true)', offline);
  }
  return options;
}
