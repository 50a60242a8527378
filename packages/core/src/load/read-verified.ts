import type { FileCard } from '../card/card.ts';
import { checkCallback } from '../errors/check.ts';
import { IntegrityError } from '../errors/index.ts';
import type { ModelSource, Platform, ReadOptions } from './platform.ts';

/**
 * Reads a file of a model that its card names.
 *
 * @throws IntegrityError for other bytes than the card says; ArgumentError
 */
export async function readVerified(
  { sha256 }: Pick<Platform, 'sha256'>,
  source: ModelSource,
  expected: FileCard,
  { signal, onProgress }: Omit<ReadOptions, 'expected'>,
): Promise<Uint8Array> {
  checkCallback('onProgress', onProgress);
  const bytes = await source.read(expected.file, { signal, expected, onProgress });
  if (bytes.byteLength !== expected.bytes) {
    throw new IntegrityError(expected.file, `${expected.bytes} bytes`, `${bytes.byteLength} bytes`);
  }
  const digest = await sha256(bytes);
  if (digest !== expected.sha256) {
    throw new IntegrityError(expected.file, `sha256 ${expected.sha256}`, `sha256 ${digest}`);
  }
  return bytes;
}
