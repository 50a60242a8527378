import type { FamilyModel } from '../families/family.ts';

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

/** A model in a sentence. */
export function describeModel({ card: { family, latent } }: Pick<FamilyModel, 'card'>): string {
  switch (latent.kind) {
    case 'codes': {
      const [height, width] = latent.grid;
      return `${WHAT[family]} with a grid of ${height} × ${width} codes out of ${latent.codes}, of ${latent.dim} dimensions each.`;
    }
    case 'ladder':
      return `${WHAT[family]} with levels of ${latent.levels.join(', ')} latent dimensions.`;
    case 'flow':
      return `${WHAT[family]} (${latent.steps} ${latent.flow} steps) and ${latent.size} latent dimensions.`;
    default:
      return `${WHAT[family]} with ${latent.size} latent dimensions.`;
  }
}
