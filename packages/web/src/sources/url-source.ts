import {
  ArgumentError,
  IntegrityError,
  LatentkitError,
  limitOf,
  type ModelSource,
} from '@latentkit/core';
import { download } from './download.ts';
import type { FileCache } from './file-cache.ts';

export interface UrlSourceOptions {
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly cache: FileCache | undefined;
  readonly digest: (bytes: Uint8Array) => Promise<string>;
}

/**
 * A model at a URL: that of its folder, or of its `model.json`. A query stays on every file's URL,
 * as signed addresses need it. Files named by the card are kept in the cache once their bytes are
 * verified; the card itself is always fetched.
 */
export function urlSource(url: string | URL, options: UrlSourceOptions): ModelSource {
  const folder = folderOf(url, options.baseUrl);
  const { cache, digest, fetch } = options;
  return {
    description: folder.href,
    async read(file, { signal, expected, onProgress }) {
      const kept = expected && (await cache?.get(expected.sha256));
      if (kept && (await digest(kept)) === expected.sha256) {
        onProgress?.({ file, loaded: kept.byteLength, total: kept.byteLength });
        return kept;
      }
      if (kept) await cache?.delete(expected.sha256);
      const address = new URL(file, folder);
      address.search = folder.search;
      const limit = limitOf(expected);
      const bytes = await download(address.href, {
        fetch,
        signal,
        limit,
        tooLarge: () =>
          expected
            ? new IntegrityError(file, `${limit} bytes`, 'more')
            : new LatentkitError(
                'too-large',
                `${address.href} has more than ${limit} bytes: it is no model card.`,
              ),
        onBytes: (loaded) => onProgress?.({ file, loaded, total: expected?.bytes }),
      });
      if (cache && expected && (await digest(bytes)) === expected.sha256) {
        await cache.put(expected.sha256, bytes);
      }
      return bytes;
    },
  };
}

function folderOf(url: string | URL, baseUrl: string): URL {
  let folder: URL;
  try {
    folder = new URL(url, baseUrl);
  } catch (cause) {
    throw new ArgumentError('source', 'the URL of a model folder', String(url), { cause });
  }
  folder.hash = '';
  folder.pathname = folder.pathname.replace(/\/model\.json$/, '/');
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}
