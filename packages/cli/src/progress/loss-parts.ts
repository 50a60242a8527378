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
