import type { FamilyModel } from '../families/family.ts';
import type { ResolvedConfig } from '../settings/config.ts';

const WHAT: Record<FamilyModel['card']['family'], string> = {
  ae: 'A plain autoencoder',
  vae: 'A variational autoencoder',
  'beta-vae': 'A β-variational autoencoder',
  iwae: 'An importance-weighted autoencoder',
  cvae: 'A conditional variational autoencoder',
  hierarchical: 'A hierarchical variational autoencoder',
  flow: 'A variational autoencoder with a normalising-flow posterior',
  'vq-vae': 'A vector-quantised autoencoder',
};

/** A model in two sentences: what it is, and what networks it is made of. */
export function describeModel(
  { card, itemSize }: Pick<FamilyModel, 'card' | 'itemSize'>,
  config: Pick<ResolvedConfig, 'architecture' | 'hiddenSizes' | 'channels'>,
): string {
  return `${WHAT[card.family]} ${describeLatent(card)}. ${describeNetworks(card, itemSize, config)}`;
}

function describeLatent({ latent }: FamilyModel['card']): string {
  switch (latent.kind) {
    case 'codes': {
      const [height, width] = latent.grid;
      return `with a grid of ${height} × ${width} codes out of ${latent.codes}, of ${latent.dim} dimensions each`;
    }
    case 'ladder':
      return `with levels of ${latent.levels.join(', ')} latent dimensions`;
    case 'flow':
      return `(${latent.steps} ${latent.flow} steps) and ${latent.size} latent dimensions`;
    default:
      return `with ${latent.size} latent dimensions`;
  }
}

function describeNetworks(
  { latent }: FamilyModel['card'],
  itemSize: number,
  { architecture, hiddenSizes, channels }: Parameters<typeof describeModel>[1],
): string {
  const convolutions = `Convolutions of ${channels.join(', ')} channels`;
  if (latent.kind === 'codes') return `${convolutions}; the decoder mirrors them.`;
  // Each level of a ladder is told from the layer of its own.
  const ends = latent.kind === 'ladder' ? [] : [latent.size];
  if (architecture === 'conv') {
    const dense = [...hiddenSizes, ...ends].join('-');
    return `${convolutions}, then ${dense} fully connected; the decoder mirrors them.`;
  }
  return `Fully connected, ${[itemSize, ...hiddenSizes, ...ends].join('-')}; the decoder mirrors it.`;
}
