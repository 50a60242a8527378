import { LatentkitError } from '../errors/index.ts';
import { type Golden, readGolden } from '../golden/golden.ts';
import { type LoadOptions, loadCard } from './load.ts';
import type { ModelSource, Platform } from './platform.ts';
import { readVerified } from './read-verified.ts';

/**
 * Reads the golden values of a model, checked against its card.
 *
 * @throws LatentkitError `not-found` for a model without any, `unsupported-format`, `invalid-data`;
 *   CardError, IntegrityError, AbortedError
 */
export async function loadGolden(
  platform: Pick<Platform, 'sha256'>,
  source: ModelSource,
  options: Pick<LoadOptions, 'signal' | 'onProgress'> = {},
): Promise<Golden> {
  const card = await loadCard(source, options);
  if (!card.golden) {
    throw new LatentkitError(
      'not-found',
      `The card of ${card.name} (${source.description}) names no golden values. Export the model again.`,
    );
  }
  const bytes = await readVerified(platform, source, card.golden, options);
  return readGolden(bytes, `${source.description}: ${card.golden.file}`);
}
