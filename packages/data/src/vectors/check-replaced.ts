import { ArgumentError, LatentkitError } from '@latentkit/core';
import { openVectors } from './read-vectors.ts';
import type { VectorInfo } from './vector-rows.ts';

/**
 * Shows that what stands where vectors are to go is of their latent space, as a store does: vectors of another model are
 * the work of another run, and nothing says that they are not wanted any more.
 *
 * @param out the file that is to be written
 * @throws ArgumentError for a file of another latent space, by the names of both
 */
export async function checkReplaced(
  out: string,
  wanted: Pick<VectorInfo, 'space' | 'model'>,
): Promise<void> {
  const info = await infoOf(out);
  if (info === undefined || info.space === wanted.space) return;
  const nameOf = ({ model, space }: typeof wanted) => `${model} (${space.slice(0, 12)}…)`;
  throw new ArgumentError(
    'out',
    `a file of vectors of the latent space of ${nameOf(wanted)}, or none yet: name another, or remove this one`,
    `one of ${nameOf(info)}, ${out}`,
  );
}

async function infoOf(out: string): Promise<VectorInfo | undefined> {
  try {
    return (await openVectors(out)).info;
  } catch (error) {
    // None is there, or it is damaged and of use to nobody.
    if (!LatentkitError.isInstance(error)) throw error;
    return undefined;
  }
}
