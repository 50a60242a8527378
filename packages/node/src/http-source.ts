import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkFileName,
  LatentkitError,
  limitOf,
  type ModelSource,
  type ReadOptions,
} from '@latentkit/core';
import { download, refusal, request, withoutSecrets, writeFileWhole } from '@latentkit/system';

export interface HttpOptions {
  /** Verified files are kept here, by checksum. */
  readonly cacheDir: string;
  /** Use what is in the cache, and no network. */
  readonly offline: boolean;
  /** Files that the card says to be larger are refused. */
  readonly maxBytes: number;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds without a byte after which a connection is given up; 30 s by default. */
  readonly stallMs?: number;
}

const STALL_MS = 30_000;

/**
 * A model in a folder on a web server. The card is fetched each time (and kept for offline use); the
 * other files are kept in the cache by their checksums and fetched once.
 */
export function httpSource(given: URL, options: HttpOptions): ModelSource {
  const base = folderOf(given);
  return {
    description: withoutSecrets(base),
    async read(file, read) {
      checkFileName(file);
      const url = new URL(base);
      url.pathname += file;
      return read.expected
        ? readBlob(url, file, read.expected, read, options)
        : readCard(url, file, read, options);
    },
  };
}

/** The URL of the folder: the card's own URL is accepted too. */
function folderOf(url: URL): URL {
  const base = new URL(url);
  base.pathname = base.pathname.replace(/model\.json$/, '').replace(/\/?$/, '/');
  return base;
}

async function readBlob(
  url: URL,
  file: string,
  expected: NonNullable<ReadOptions['expected']>,
  { signal, onProgress }: ReadOptions,
  { cacheDir, offline, maxBytes, fetch, stallMs = STALL_MS }: HttpOptions,
): Promise<Uint8Array> {
  const path = join(cacheDir, 'files', expected.sha256);
  const kept = await readFile(path).catch(() => undefined);
  if (kept) {
    if (createHash('sha256').update(kept).digest('hex') === expected.sha256) {
      onProgress?.({ file, loaded: kept.byteLength, total: kept.byteLength });
      return kept;
    }
    // Damaged on disk since it was verified.
    await rm(path, { force: true });
  }
  if (offline) throw notCached(url);
  if (expected.bytes > maxBytes) {
    throw new LatentkitError(
      'too-large',
      `${withoutSecrets(url)} has ${expected.bytes} bytes, more than the limit of ${maxBytes}. Raise maxBytes to allow it.`,
    );
  }
  const partialFolder = join(cacheDir, 'partial');
  return download(url, path, {
    file,
    expected,
    partialFolder,
    fetch,
    signal,
    stallMs,
    onProgress,
  });
}

async function readCard(
  url: URL,
  file: string,
  { signal }: ReadOptions,
  { cacheDir, offline, fetch, stallMs = STALL_MS }: HttpOptions,
): Promise<Uint8Array> {
  const key = createHash('sha256').update(withoutSecrets(url)).digest('hex');
  const path = join(cacheDir, 'cards', `${key}.json`);
  if (offline) {
    return readFile(path).catch(() => {
      throw notCached(url);
    });
  }
  const bytes = await request(url, { fetch, signal, stallMs }, async ({ status, body }) => {
    if (status !== 200) throw refusal(url, file, status);
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of body) {
      size += piece.byteLength;
      if (size > limitOf(undefined)) {
        throw new LatentkitError(
          'too-large',
          `${withoutSecrets(url)} is larger than any model card (${limitOf(undefined)} bytes). Check the model's URL.`,
        );
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  });
  // A cache that cannot be written shows itself with the first file; a card alone needs none.
  await writeFileWhole(path, bytes, { makeFolders: true }).catch(() => {});
  return bytes;
}

function notCached(url: URL): LatentkitError {
  return new LatentkitError(
    'not-found',
    `${withoutSecrets(url)} is not in the cache, and offline: true allows no download. Load the model once with a network, or from a folder.`,
  );
}
