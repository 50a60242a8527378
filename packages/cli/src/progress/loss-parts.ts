import type { ResolvedConfig, Terms } from '@latentkit/training';
import { formatNats } from '../format.ts';

/**
 * What a loss is made of, name and nats: of a vq-vae the term that holds the encoder to its entries too, without which the
 * parts would not come to the loss.
 */
export function lossParts(
  { loss, reconstruction, kl }: Terms,
  family: ResolvedConfig['family'] | undefined,
): (readonly [name: string, nats: string])[] {
  const commitment = loss - reconstruction - kl;
  return [
    ['reconstruction', formatNats(reconstruction)],
    ['KL', formatNats(kl)],
    ...(family === 'vq-vae' ? [['commitment', formatNats(commitment)] as const] : []),
  ];
}

type Objective = Pick<ResolvedConfig, 'family' | 'freeBits' | 'samples' | 'groups' | 'bound'>;

/**
 * What a loss on test items is made of, where β is 1: that of several draws has beside its parts what weighting them
 * gains, and one with free bits what these add.
 */
export function testLossParts(
  terms: Terms,
  objective: Objective,
): (readonly [name: string, nats: string])[] {
  const { family, freeBits } = objective;
  const rest = formatNats(terms.loss - terms.reconstruction - terms.kl);
  const parts = lossParts(terms, family);
  if (family === 'vq-vae' || Number(rest) === 0) return parts;
  if (drawsOf(objective) > 1) return [...parts, ['weighting of the draws', rest]];
  return freeBits > 0 ? [...parts, ['free bits', rest]] : parts;
}

/** Draws that a loss is the bound of: that of several is not the negative ELBO, which an export measures. */
export function drawsOf({ family, samples, groups, bound }: Omit<Objective, 'freeBits'>): number {
  if (family !== 'iwae') return 1;
  return samples * (bound === 'iwae' ? 1 : groups);
}
