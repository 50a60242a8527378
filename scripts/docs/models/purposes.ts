import type { WholeCard } from '@latentkit/core';

/** What each family is for, in a few words; docs/families.md says more. */
export const PURPOSES: Readonly<Record<WholeCard['family'], string>> = {
  ae: 'nearest reconstructions in few numbers',
  vae: 'a smooth latent space to embed into and sample from',
  'beta-vae': 'latent dimensions that stand for one factor each',
  iwae: 'a better likelihood from a tighter bound',
  cvae: 'samples of a label that is asked for',
  hierarchical: 'levels of latents, coarse to fine, to be edited apart',
  flow: 'a posterior that need not be a diagonal Gaussian',
  'vq-vae': 'discrete codes: sharp reconstructions, a learnt prior',
};
