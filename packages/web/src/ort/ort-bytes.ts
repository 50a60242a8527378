import { type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { download } from '../sources/download.ts';
import { type FileCache, fileKey } from '../sources/file-cache.ts';
import { sha256 } from '../sources/sha256.ts';
import { notKept, type Offline } from '../sources/url-source.ts';
import type { OrtFile } from './ort-files.ts';

export interface OrtBytesOptions {
  /** Where the file lies; undefined where no bundler placed it and `wasmPaths` does not say. */
  readonly url: string | undefined;
  readonly cache: FileCache | undefined;
  readonly offline?: Offline | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onBytes?: ((loaded: number) => void) | undefined;
}

/**
 * ONNX Runtime's WebAssembly, from the cache or its URL, compared with its digest. ONNX Runtime would
 * fetch it by itself, but a failure of its own is final for the page, and it knows neither an altered file
 * nor the cache.
 *
 * @throws LatentkitError `device-unavailable` for what is not that file, or cannot be fetched; AbortedError
 */
export async function ortBytes(
  file: OrtFile,
  { url, cache, offline, signal, onBytes }: OrtBytesOptions,
): Promise<Uint8Array> {
  const key = fileKey(file.sha256);
  const kept = await cache?.get(key);
  if (kept) {
    if ((await sha256(kept)) === file.sha256) return kept;
    await cache?.delete(key);
  }
  if (offline === 'only') throw notKept('device-unavailable', file.name);
  if (url === undefined) {
    throw new LatentkitError(
      'device-unavailable',
      `The address of ${file.name} is not known here. Give the folder that it was copied to as wasmPaths.`,
    );
  }
  const wrong = (found: string) =>
    new LatentkitError(
      'device-unavailable',
      `${url} should be ONNX Runtime's WebAssembly, but ${found}.`,
    );
  let bytes: Uint8Array;
  try {
    bytes = await download(url, {
      signal,
      onBytes,
      limit: file.bytes,
      tooLarge: () => wrong(`it has more than ${file.bytes} bytes: of another version`),
    });
  } catch (error) {
    const { code, message } = error as LatentkitError;
    if (code !== 'network' && code !== 'not-found') throw error;
    // It names the file and what to do.
    throw new LatentkitError('device-unavailable', message, { cause: error });
  }
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw wrong(
      'its content is something else: servers of single-page apps answer so where nothing is',
    );
  }
  if (bytes.byteLength !== file.bytes) {
    throw wrong(
      `it has ${bytes.byteLength} bytes instead of ${file.bytes}: cut short, or of another version`,
    );
  }
  if ((await sha256(bytes)) !== file.sha256) {
    throw wrong('its sha256 is another one: altered, or of another version');
  }
  await cache?.put(key, bytes);
  return bytes;
}

/** Every WebAssembly file begins so. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
