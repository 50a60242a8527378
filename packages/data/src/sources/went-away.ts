import { resolve, sep } from 'node:path';
import { LatentkitError } from '@latentkit/core';

/** The error for a source, or something in it, that was there and is gone; undefined for any other fault. */
export function wentAway(error: unknown, paths: readonly string[]): LatentkitError | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (LatentkitError.isInstance(error) || code !== 'ENOENT' || path === undefined) return undefined;
  const isOfSource = paths
    .map((of) => resolve(of))
    .some((of) => `${path}${sep}`.startsWith(of + sep));
  if (!isOfSource) return undefined;
  const what = `${path} went away while it was looked at.`;
  return new LatentkitError('not-found', what, { cause: error });
}

/**
 * Reads of a source, which was there a moment ago.
 *
 * @throws LatentkitError `not-found` where it is gone; what the reading throws
 */
export async function ofSource<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw wentAway(error, [path]) ?? error;
  }
}
