import type { WholeCard } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';

/** A figure from the literature, with where it stands. */
export interface Published {
  readonly what: string;
  readonly value: number;
  readonly source: string;
  /** What is different from our protocol, as far as it matters. */
  readonly protocol: string;
}

/** Figures of one kind that may stand beside each other. */
export interface Comparison {
  readonly title: string;
  /** Name of the figure on our cards. */
  readonly metric: string;
  /** Which of our models it is comparable for. */
  readonly includes: (card: WholeCard) => boolean;
  readonly note: string;
  readonly published: readonly Published[];
}

const BURDA = 'Burda et al. 2016, Table 1';
const BURDA_PROTOCOL =
  'one stochastic layer, 784-200-200-50, tanh; 5,000 importance samples; 3,280 epochs';

/**
 * What the tables of docs/models.md compare. Only figures that could be looked up are here; where the
 * paper itself was not at hand, `source` says who quotes it.
 */
export const COMPARISONS: readonly Comparison[] = [
  {
    title: 'Grey MNIST: cross-entropy plus KL',
    metric: 'test loss',
    includes: ({ provenance, likelihood, latent, condition }) =>
      provenance.dataset === 'mnist' &&
      (provenance.binarisation ?? 'none') === 'none' &&
      likelihood.kind === 'bernoulli' &&
      definitionOf(latent).prior === 'normal' &&
      condition === undefined,
    note: 'Nats an item on the 10,000 test items, lower is better. A loss, not a likelihood: grey values are no outcomes of a Bernoulli variable.',
    published: [
      {
        what: 'The VAE of PyTorch’s examples',
        value: 105.6,
        source: 'logs of github.com/pytorch/examples (vae)',
        protocol: '784-400-20, Adam 0.001, batch 128; one posterior sample an item; 10 epochs',
      },
    ],
  },
  {
    title: 'Dynamically binarised MNIST: negative log-likelihood',
    metric: 'NLL',
    includes: ({ provenance }) =>
      provenance.dataset === 'mnist' && provenance.binarisation === 'dynamic',
    note: 'Nats an item on the 10,000 test items, lower is better; estimated by importance sampling, which overstates it the less the more samples are drawn.',
    published: [
      { what: 'VAE', value: 86.76, source: BURDA, protocol: `${BURDA_PROTOCOL}; k = 1` },
      { what: 'IWAE', value: 85.54, source: BURDA, protocol: `${BURDA_PROTOCOL}; k = 5` },
      { what: 'IWAE', value: 84.78, source: BURDA, protocol: `${BURDA_PROTOCOL}; k = 50` },
      {
        what: 'VAE, trained again in TensorFlow 2',
        value: 87.75,
        source: 'README of github.com/nbip/IWAE',
        protocol: 'the protocol of Burda et al., k = 1',
      },
      {
        what: 'IWAE, trained again in TensorFlow 2',
        value: 85.5,
        source: 'README of github.com/nbip/IWAE',
        protocol: 'the protocol of Burda et al., k = 5',
      },
      {
        what: 'Planar flow of 20 steps',
        value: 86.5,
        source:
          'Rezende & Mohamed 2015, as quoted in issue 2 of github.com/abdulfatir/normalizing-flows',
        protocol: 'a bound, of a latent Gaussian model of another size',
      },
      {
        what: 'Ladder VAE of 5 levels',
        value: 81.74,
        source: 'Sønderby et al. 2016, as listed on wizwand.com',
        protocol: 'permutation-invariant; batch normalisation, warm-up; levels of 64 to 4',
      },
    ],
  },
  {
    title: 'Statically binarised MNIST: negative ELBO',
    metric: 'negative ELBO',
    includes: ({ provenance }) =>
      provenance.dataset === 'mnist' && provenance.binarisation === 'static',
    note: 'Nats an item on the 10,000 test items, lower is better. Ours are drawn once by this project, the others are the draws of Larochelle & Murray 2011, so that the figures are alike in kind, not in every pixel.',
    published: [3, 6, 12].map((levels, i) => ({
      what: `Convolutional ladder of ${levels} levels`,
      value: [82.14, 80.74, 80.5][i] as number,
      source: 'README of github.com/addtt/ladder-vae-pytorch',
      protocol:
        'gated residual blocks, 32 latents a cell, about a million parameters a level; on a GPU',
    })),
  },
];
