import { BT601 } from '../images/to-channels.ts';
import type { ModelCard } from './card.ts';

/** What the latents of a model depend on: equal for all precisions, and untouched by what is added to a card. */
type SpaceCard = Pick<ModelCard, 'graphs' | 'item' | 'latent'> & {
  readonly preprocessing: ModelCard['preprocessing'];
};

/**
 * The identity of a model's latent space: the SHA-256, in lower-case hexadecimal, of a text that names the
 * encoder at full precision and what an item and a latent are. Vectors carry it, and are compared only with
 * vectors of the same space.
 *
 * @param sha256 of some bytes, in lower-case hexadecimal
 */
export function latentSpaceOf(
  card: SpaceCard,
  sha256: (bytes: Uint8Array) => Promise<string>,
): Promise<string> {
  return sha256(new TextEncoder().encode(spaceText(card)));
}

function spaceText({ graphs, item, preprocessing, latent }: SpaceCard): string {
  // What a card leaves to a default is the same as what says it.
  const { grey = BT601, kernel = 'cubic', fit = 'cover', background = [0, 0, 0] } = preprocessing;
  return canonical({
    encoder: graphs.encoder.files.fp32.sha256,
    codebook: graphs.codebook?.files.fp32.sha256,
    item,
    preprocessing: { ...preprocessing, grey, kernel, fit, background },
    latent,
  });
}

/** JSON whose fields stand in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
