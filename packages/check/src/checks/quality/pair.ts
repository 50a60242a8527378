import { type Check, error } from '../../check.ts';
import { sampleResults } from '../../model/sample.ts';
import { short } from '../../numbers/format.ts';

/**
 * The share of the error of other items' embeddings that an item's own may leave. Of halves that know nothing of each
 * other it is 1 but for chance, which among few items is much; of a pair that reconstructs perfectly it is 0.
 */
const OWN = 0.65;

export const pairDecoder: Check = {
  id: 'pair/decoder',
  summary:
    'the decoder belongs to the encoder: an item is closer to its own decoded embedding than to those of other items',
  remedy:
    'Copy encoder and decoder of one export; each run has latents of its own. Where mean and log_var are swapped, name them (adopt --map). If both are right, train longer: a model that has hardly learned tells no item from another.',
  needs: ['golden/present', 'card/hash', 'graph/strict', 'graph/shape', 'weights/finite'],
  async run(model) {
    const sample = await sampleResults(model);
    if (!sample) return { skipped: 'there are no golden items' };
    const { reconstruction, others, variance } = sample;
    if (reconstruction === undefined) return { skipped: 'the model is an encoder alone' };
    // A decoder that does better than the items' mean knows them. One that does not may still: golden items of an adopted
    // model are its own draws, at which an encoder that never saw their like is off, but by less than at others.
    const isBetter =
      reconstruction < variance || (others !== undefined && reconstruction <= OWN * others);
    const message =
      `decoded embeddings are off by ${short(reconstruction)} (mean square an element), those of other items by ` +
      `${others === undefined ? 'an unknown amount' : short(others)}, the mean of the items by ${short(variance)}; ` +
      `less than the mean's, or at most ${OWN} of that of other items was expected`;
    return {
      findings: isBetter ? [] : [error(message)],
      measured: {
        'share of variance left': reconstruction / variance,
        ...(others === undefined ? {} : { 'share of other items’ error': reconstruction / others }),
      },
    };
  },
};
