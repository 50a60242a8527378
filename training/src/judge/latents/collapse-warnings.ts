import type { WholeCard } from '@latentkit/core';
import type { Diagnostics } from './diagnostics.ts';

/** A latent that carries less than this in all, in nats, tells the decoder nothing. */
const SILENT = 0.1;
/** Fewer active dimensions than this part of them is worth a word. */
const FEW = 0.1;
/** A codebook used to less than this part of its size is too. */
const LITTLE_USE = 0.1;

const AGAINST_COLLAPSE =
  'Warm the KL weight up from 0, allow free bits, lower β, or weaken the decoder';

/**
 * What a model's diagnostics warn of: a posterior that has collapsed onto the prior, wholly or nearly,
 * levels that are skipped, a codebook that is hardly used. Each says what to do.
 *
 * What a latent carries is nats. Variances of its means stand for them where they are not known: many dimensions that
 * each vary little tell much together, and a level that has its prior from those above it tells it by a narrow posterior
 * too.
 *
 * @param chosen how many codes were chosen in all: fewer than there are cannot use them all
 * @param drawn the mean KL of an item from the prior, in nats, of a latent that is drawn inside the encoder
 */
export function collapseWarnings(
  { latent, family }: Pick<WholeCard, 'latent' | 'family'>,
  { klByDimension, klByLevel, activeUnits, information, codes }: Omit<Diagnostics, 'warnings'>,
  chosen: number,
  drawn?: number,
): string[] {
  const warnings: string[] = [];
  const carried = drawn ?? information?.mutual ?? sumOf(klByDimension) ?? sumOf(klByLevel);
  if (carried === undefined ? activeUnits?.count === 0 : carried < SILENT) {
    // An estimate may come out below what information can be.
    const nats = carried === undefined ? undefined : Math.max(0, carried).toFixed(3);
    const unused = klByLevel
      ? `all ${klByLevel.length} levels together carry ${nats} nats`
      : `none of ${latent.size} dimensions is in use${nats === undefined ? '' : `, and together they carry ${nats} nats`}`;
    return [
      `The posterior has collapsed: ${unused}, so every item is decoded alike. ${
        family === 'ae' ? 'Lower the learning rate: all codes are the same' : AGAINST_COLLAPSE
      }.`,
    ];
  }
  if (activeUnits && !klByLevel && activeUnits.count < FEW * activeUnits.of) {
    warnings.push(
      `Only ${activeUnits.count} of ${activeUnits.of} dimensions are in use. ${AGAINST_COLLAPSE}; or take a smaller latent, which would do the same.`,
    );
  }
  const skipped = klByLevel?.flatMap((value, level) => (value < SILENT ? [level + 1] : [])) ?? [];
  if (skipped.length > 0) {
    warnings.push(
      `Level${skipped.length > 1 ? 's' : ''} ${skipped.join(', ')} of ${klByLevel?.length} (1 is the topmost) carr${skipped.length > 1 ? 'y' : 'ies'} less than ${SILENT} nats: the levels below do the work alone. ${AGAINST_COLLAPSE}; free bits help levels most.`,
    );
  }
  if (codes && chosen >= codes.codes && codes.perplexity < LITTLE_USE * codes.codes) {
    warnings.push(
      `The codebook is hardly used: perplexity ${codes.perplexity.toFixed(1)} of ${codes.codes} codes, ${codes.dead} never chosen. Start it from data (k-means), restart dead codes, or take fewer codes.`,
    );
  }
  return warnings;
}

function sumOf(values: readonly number[] | undefined): number | undefined {
  return values?.reduce((sum, value) => sum + value, 0);
}
