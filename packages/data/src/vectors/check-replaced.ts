import { stat } from 'node:fs/promises';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { openVectors, type VectorFile } from './read-vectors.ts';
import type { VectorInfo } from './vector-rows.ts';

/**
 * Shows that what stands where vectors are to go is of their latent space, as a store does: vectors of another model are
 * the work of another run, and nothing says that they are not wanted any more.
 *
 * @param out the file that is to be written
 * @returns the file that stands there, for what can be taken over from it; undefined for none, or a damaged one
 * @throws ArgumentError for a file of another latent space, by the names of both, and for a folder
 */
export async function checkReplaced(
  out: string,
  wanted: Pick<VectorInfo, 'space' | 'model'>,
): Promise<VectorFile | undefined> {
  if ((await stat(out).catch(() => undefined))?.isDirectory()) {
    throw new ArgumentError('out', 'the path of a file, or of none yet', `${out}, a folder`);
  }
  const found = await fileAt(out);
  if (found === undefined || found.info.space === wanted.space) return found;
  const nameOf = ({ model, space }: typeof wanted) => `${model} (${space.slice(0, 12)}…)`;
  throw new ArgumentError(
    'out',
    `a file of vectors of the latent space of ${nameOf(wanted)}, or none yet: name another, or remove this one`,
    `one of ${nameOf(found.info)}, ${out}`,
  );
}

async function fileAt(out: string): Promise<VectorFile | undefined> {
  try {
    return await openVectors(out);
  } catch (error) {
    // None is there, or it is damaged and of use to nobody.
    if (!LatentkitError.isInstance(error)) throw error;
    return undefined;
  }
}
