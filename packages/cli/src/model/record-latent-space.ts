import { join } from 'node:path';
import { type LatentSpaceCard, validateCard } from '@latentkit/core';
import { writeFileWhole } from '@latentkit/system';
import { readCard } from './model-files.ts';

/**
 * Keeps what was found out about a model's latent space on its card: directions in the place of those of the same
 * names, thresholds of those of the same scores, and the mixture.
 *
 * @param folder the model's
 * @throws LatentkitError `not-found`, `unwritable`; CardError
 */
export async function recordLatentSpace(folder: string, found: LatentSpaceCard): Promise<void> {
  const card = await readCard(folder);
  const { directions = [], thresholds = [], mixture } = card.latentSpace ?? {};
  const latentSpace: LatentSpaceCard = {
    directions: replaced(directions, found.directions ?? [], ({ name }) => name),
    thresholds: replaced(thresholds, found.thresholds ?? [], ({ score }) => score),
    ...((found.mixture ?? mixture) ? { mixture: found.mixture ?? mixture } : {}),
  };
  const recorded = validateCard({ ...card, latentSpace });
  await writeFileWhole(join(folder, 'model.json'), `${JSON.stringify(recorded, null, 2)}\n`);
}

function replaced<T>(before: readonly T[], now: readonly T[], keyOf: (one: T) => string): T[] {
  const keys = new Set(now.map(keyOf));
  return [...before.filter((one) => !keys.has(keyOf(one))), ...now];
}
