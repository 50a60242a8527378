import {
  ArgumentError,
  type FileCard,
  IntegrityError,
  LatentkitError,
  type ModelCard,
} from '@latentkit/core';
import {
  checkCallback,
  checkList,
  checkNames,
  onAbort,
  throwIfAborted,
} from '@latentkit/core/runtime';
import { isAddress } from '../kind-of.ts';
import { ortBytes } from '../ort/ort-bytes.ts';
import { ORT_FILES } from '../ort/ort-files.ts';
import type { WebDevice } from '../ort/placement.ts';
import { browserCache, cardKey, evictFrom, fileKey } from '../sources/file-cache.ts';
import { sha256 } from '../sources/sha256.ts';
import { addressOf } from '../sources/url-source.ts';
import { warnOnce } from '../sources/warn.ts';
import type { Door } from './door.ts';
import {
  graphFiles,
  type KnownModel,
  knownModel,
  MODEL_FILES_OPTIONS,
  type ModelFilesOptions,
  ortOf,
  sourceAt,
} from './model-files.ts';

/** The URL of a model's folder, or of its `model.json`. */
export type ModelUrl = string | URL;

export interface PrefetchOptions<D extends WebDevice = WebDevice> extends ModelFilesOptions<D> {
  /** One total over all models and ONNX Runtime's own files, in bytes. */
  readonly onProgress?:
    | ((progress: { readonly loaded: number; readonly total: number }) => void)
    | undefined;
}

export interface EvictOptions {
  /**
   * Models whose cards and files stay, in every precision, and with them ONNX Runtime's files. One of which nothing is
   * kept, be it mistyped or not there yet, is told on the console.
   */
  readonly keep?: readonly ModelUrl[] | undefined;
  /** Bytes that may stay besides: what was used longest ago goes first. 0 by default. */
  readonly limit?: number | undefined;
}

/** An entry of the list of files that a service worker keeps (the form that Workbox takes). */
export interface ManifestEntry {
  readonly url: string;
  /** Another one means another content; null for an address whose content never changes. */
  readonly revision: string | null;
}

/**
 * Whether a model could be loaded without a network: its card and files are in the browser's Cache storage,
 * and those of ONNX Runtime for the device.
 *
 * @throws ArgumentError
 */
export type CachedQuestion<D extends WebDevice> = (
  model: ModelUrl,
  options?: ModelFilesOptions<D>,
) => Promise<boolean>;

/**
 * Fetches models, and ONNX Runtime's files for the device, into the browser's Cache storage, so that they load
 * from there. What is there already is not fetched.
 *
 * @throws what loading throws for a file that is not there or not the one that its card describes;
 *   LatentkitError `unwritable` where the browser keeps nothing, or has no room; AbortedError
 */
export type Prefetcher<D extends WebDevice> = (
  models: ModelUrl | readonly ModelUrl[],
  options?: PrefetchOptions<D>,
) => Promise<void>;

/**
 * The files that models need, for a service worker that answers with them: cards, graphs, ONNX Runtime's
 * WebAssembly for the device, and the script of workers.
 */
export type ManifestMaker<D extends WebDevice> = (
  models: ModelUrl | readonly ModelUrl[],
  options?: ModelFilesOptions<D>,
) => Promise<ManifestEntry[]>;

export function cachedQuestion<D extends WebDevice>(door: Door): CachedQuestion<D> {
  return async (model, options = {}) => {
    checkNames(options, MODEL_FILES_OPTIONS);
    const { file } = ortOf(door, options.device ?? 'wasm');
    const known = await keptModel(model);
    if (!known) return false;
    const keys = [file, ...graphFiles(known.card, options)].map(({ sha256 }) => fileKey(sha256));
    return (await Promise.all(keys.map((key) => browserCache.has(key)))).every(Boolean);
  };
}

export function prefetcher<D extends WebDevice>(door: Door): Prefetcher<D> {
  return async (models, options = {}) => {
    checkNames(options, { ...MODEL_FILES_OPTIONS, onProgress: true });
    const { fetch, signal: given, onProgress } = options;
    checkCallback('onProgress', onProgress);
    const ort = ortOf(door, options.device ?? 'wasm');
    const known = await Promise.all(listOf(models).map((model) => knownModel(model, options)));
    const wanted = known.flatMap(({ folder, card }) =>
      graphFiles(card, options).map((file) => ({ folder, file })),
    );
    const progress = new Total([ort.file, ...wanted.map(({ file }) => file)], onProgress);
    const stop = new AbortController();
    const forget = given && onAbort(given, () => stop.abort(given.reason));
    const { signal } = stop;
    const work: (Promise<unknown> | undefined)[] = [
      // Scripts are the browser's to keep: this page has them from now on.
      ort.build.load(),
      ort.build.onGpu?.(),
      ortBytes(ort.file, {
        url: ort.url,
        cache: browserCache,
        signal,
        onBytes: (bytes) => progress.report(ort.file, bytes),
      }).then(({ byteLength }) => progress.report(ort.file, byteLength)),
      ...wanted.map(async ({ folder, file }) => {
        const bytes = await sourceAt(folder, fetch).read(file.file, {
          signal,
          expected: file,
          onProgress: ({ loaded }) => progress.report(file, loaded),
        });
        const found = await sha256(bytes);
        if (found !== file.sha256) {
          throw new IntegrityError(file.file, `sha256 ${file.sha256}`, `sha256 ${found}`);
        }
      }),
    ];
    try {
      throwIfAborted(given, 'Prefetching');
      await Promise.all(work);
      const files = [ort.file, ...wanted.map(({ file }) => file)];
      await checkKept([
        ...known.map(({ cardAddress }) => cardKey(cardAddress)),
        ...files.map(({ sha256 }) => fileKey(sha256)),
      ]);
    } finally {
      forget?.();
      // The rest is of no use where one failed.
      stop.abort();
      await Promise.allSettled(work);
    }
  };
}

export function manifestMaker<D extends WebDevice>(door: Door): ManifestMaker<D> {
  return async (models, options = {}) => {
    checkNames(options, MODEL_FILES_OPTIONS);
    const ort = ortOf(door, options.device ?? 'wasm');
    const entries = new Map<string, ManifestEntry>();
    const add = (url: string | undefined, revision: string | null) => {
      if (url !== undefined) entries.set(url, { url, revision });
    };
    for (const model of listOf(models)) {
      const { folder, card, cardAddress } = await knownModel(model, options);
      add(cardAddress, await sha256(new TextEncoder().encode(JSON.stringify(card))));
      for (const { file, sha256 } of graphFiles(card, options)) {
        add(addressOf(folder, file), sha256);
      }
    }
    add(ort.url, ort.file.sha256);
    add(door.workerUrl?.href, null);
    return [...entries.values()];
  };
}

/**
 * Deletes kept files.
 *
 * @returns the bytes that were freed
 * @throws ArgumentError
 */
export async function evict(options: EvictOptions = {}): Promise<number> {
  checkNames(options, { keep: true, limit: true });
  const { keep = [], limit = 0 } = options;
  checkList('keep', keep, 'an array of URLs of models');
  if (!(limit >= 0)) throw new ArgumentError('limit', 'bytes, at least 0', limit);
  const keys = new Set<string>();
  for (const model of keep as readonly ModelUrl[]) {
    const known = await keptModel(model);
    if (!known) {
      warnOnce(`evict: nothing is kept of ${model}, so that nothing of it stays.`);
      continue;
    }
    keys.add(cardKey(known.cardAddress));
    for (const file of allFiles(known.card)) keys.add(fileKey(file.sha256));
  }
  if (keys.size > 0) for (const { sha256 } of Object.values(ORT_FILES)) keys.add(fileKey(sha256));
  return evictFrom(browserCache, limit, keys);
}

/** @throws LatentkitError `unwritable` for files that the browser did not keep */
async function checkKept(keys: readonly string[]): Promise<void> {
  const kept = await Promise.all(keys.map((key) => browserCache.has(key)));
  const missing = kept.filter((is) => !is).length;
  if (missing === 0) return;
  const cause = browserCache.failure as Error | undefined;
  const isFull = cause ? cause.name === 'QuotaExceededError' : missing < kept.length;
  let why = cause?.message ?? 'the browser has no Cache storage here';
  if (isFull) why = 'the browser has no room for all of them';
  if (globalThis.isSecureContext === false) why += ', which takes a page of https or localhost';
  throw new LatentkitError(
    'unwritable',
    `${missing} of ${kept.length} files could not be kept (${why}). Models load from the network all the same.`,
    { cause },
  );
}

/** All of a model's files, in every precision, with what they are tried on. */
function* allFiles({ graphs, golden }: ModelCard): Generator<FileCard> {
  for (const graph of Object.values(graphs)) {
    for (const file of Object.values(graph?.files ?? {})) if (file) yield file;
  }
  if (golden) yield golden;
}

/** A model whose card is kept. */
async function keptModel(model: ModelUrl): Promise<KnownModel | undefined> {
  try {
    return await knownModel(model, {}, 'only');
  } catch (error) {
    if ((error as LatentkitError).code === 'not-found') return undefined;
    throw error;
  }
}

function listOf(models: ModelUrl | readonly ModelUrl[]): readonly ModelUrl[] {
  if (isAddress(models)) return [models];
  checkList('models', models, 'the URL of a model, or an array of them');
  return models;
}

/** Adds up what was loaded of several files; a file that several models have counts once. */
class Total {
  readonly #total: number;
  readonly #loaded = new Map<string, number>();
  readonly #listener: PrefetchOptions['onProgress'];

  constructor(
    files: readonly { readonly sha256: string; readonly bytes: number }[],
    listener: PrefetchOptions['onProgress'],
  ) {
    const sizes = new Map(files.map(({ sha256, bytes }) => [sha256, bytes]));
    this.#total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#listener = listener;
  }

  report({ sha256 }: { readonly sha256: string }, bytes: number): void {
    this.#loaded.set(sha256, bytes);
    const loaded = [...this.#loaded.values()].reduce((sum, part) => sum + part, 0);
    this.#listener?.({ loaded, total: this.#total });
  }
}
