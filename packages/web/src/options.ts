import type { LoadOptions as CoreLoadOptions } from '@latentkit/core';
import type { PlacementOptions } from './ort/placement.ts';

/** Options of loading in a browser. */
export interface LoadOptions extends Omit<CoreLoadOptions, 'signal'>, PlacementOptions {
  /** Makes the worker, where a bundler cannot: `() => new Worker(url of '@latentkit/web/worker', { type: 'module' })`. */
  readonly worker?: (() => Worker) | undefined;
  /** Keep verified model files in the browser's Cache storage, by their sha256; true by default. */
  readonly cache?: boolean | undefined;
  /** Used in the place of `globalThis.fetch`, to add headers for example. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}
