import type { ModelCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';

/** How the KL of a model's latents comes about, for the protocol of a figure: of one draw, and of the mean of several. */
export interface KlInWords {
  readonly ofOne: string;
  readonly ofSeveral: string;
}

/** What the definition of the latent says of its KL. */
export function klInWords({ latent }: Pick<ModelCard, 'latent'>): KlInWords {
  const { prior, klByLevel, exactKl } = definitionOf(latent);
  if (prior === 'none') return both('none: the code is deterministic');
  if (prior === 'learned') {
    return {
      ofOne: 'cross-entropy of the codes under the learned prior, summed over the grid',
      ofSeveral: "cross-entropy of the codes under the model's own prior",
    };
  }
  if (klByLevel) {
    return {
      ofOne:
        'KL of each level from its prior, exact for the levels drawn above it, summed over levels',
      ofSeveral:
        'KL of each level from its prior given the levels above, exact for the draws above',
    };
  }
  const kl =
    prior === 'mixture'
      ? "KL of the posterior from the model's own prior, a mixture"
      : 'KL of the posterior from N(0, I)';
  return exactKl
    ? { ofOne: `${kl}, exact, summed over dimensions`, ofSeveral: `${kl}, exact` }
    : { ofOne: `${kl}, estimated from one draw`, ofSeveral: `${kl}, estimated by the same draws` };
}

const both = (words: string): KlInWords => ({ ofOne: words, ofSeveral: words });
