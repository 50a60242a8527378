import { type LoadOptions as CoreLoadOptions, LOAD_OPTIONS } from '@latentkit/core/runtime';
import type { PlacementOptions, WebDevice } from './ort/placement.ts';
import type { CacheOptions } from './sources/caching.ts';

/** Options of loading in a browser. */
export interface LoadOptions<D extends WebDevice = WebDevice>
  extends Omit<CoreLoadOptions, 'signal'>,
    PlacementOptions<D>,
    CacheOptions {
  /**
   * Makes the worker, where it must be made in another way: `() => new Worker(url, { type: 'module' })` with
   * the URL of `@latentkit/web/worker`, a script that needs no other.
   */
  readonly worker?: (() => Worker) | undefined;
  /** Used in the place of `globalThis.fetch`, to add headers for example. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Their names. */
export const OPTIONS: Readonly<Record<keyof LoadOptions, true>> = {
  ...LOAD_OPTIONS,
  device: true,
  strict: true,
  execution: true,
  wasmPaths: true,
  threads: true,
  cache: true,
  offline: true,
  worker: true,
  fetch: true,
};
