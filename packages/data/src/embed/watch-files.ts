import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortedError,
  ArgumentError,
  type Autoencoder,
  type Encoder,
  LatentkitError,
} from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { wentAway } from '../sources/went-away.ts';
import { type EmbedFilesOptions, type EmbedReport, embedFiles } from './embed-files.ts';
import { openItems } from './open-items.ts';

export interface WatchOptions extends EmbedFilesOptions {
  /** Milliseconds between two looks at the files; 1000 by default. */
  readonly interval?: number | undefined;
}

/** One round: what was embedded, or why nothing could be. */
export type Watched =
  | { readonly report: EmbedReport; readonly fault?: undefined }
  | { readonly report?: undefined; readonly fault: LatentkitError };

/**
 * Embeds files as {@link embedFiles} does, again whenever some of them come, change or go, until the signal
 * fires or the loop is left. The files are looked at anew every `interval`, which works on every file system.
 *
 * @throws as {@link embedFiles}; but sources that hold no pictures yet, or none that can be read, are waited for
 */
export async function* watchFiles(
  model: Encoder | Autoencoder,
  sources: string | readonly string[],
  options: WatchOptions,
): AsyncGenerator<Watched, void, undefined> {
  const { interval = 1000, signal } = options ?? {};
  if (!(Number.isFinite(interval) && interval > 0)) {
    throw new ArgumentError('interval', 'a number of milliseconds above 0', interval);
  }
  const paths = typeof sources === 'string' ? [sources] : sources;
  for (;;) {
    const seen = await stateOf(paths, signal);
    yield await round(model, paths, options);
    do {
      await pause(interval, signal);
    } while ((await stateOf(paths, signal)) === seen);
  }
}

async function round(
  model: Encoder | Autoencoder,
  sources: readonly string[],
  options: EmbedFilesOptions,
): Promise<Watched> {
  try {
    return { report: await embedFiles(model, sources, options) };
  } catch (error) {
    return { fault: waitedFor(error, sources) };
  }
}

/** What there is to embed, in a text; it changes with every file. */
async function stateOf(paths: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  try {
    const { entries } = await openItems(paths, signal);
    return entries.map(({ id, bytes, stamp }) => JSON.stringify([id, bytes, stamp])).join('\n');
  } catch (error) {
    return waitedFor(error, paths).message;
  }
}

/** What a later look may find mended. @throws the error that none does */
function waitedFor(error: unknown, paths: readonly string[]): LatentkitError {
  if (LatentkitError.isInstance(error)) {
    if (error.code === 'invalid-data' || error.code === 'not-found') return error;
    throw error;
  }
  const gone = wentAway(error, paths);
  if (!gone) throw error;
  return gone;
}

async function pause(interval: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal, 'Watching');
  try {
    await sleep(interval, undefined, { signal });
  } catch {
    throw new AbortedError('Watching', signal as AbortSignal);
  }
}
