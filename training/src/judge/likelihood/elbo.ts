import {
  type Autoencoder,
  createRandom,
  hasPrior,
  LatentkitError,
  type WholeCard,
} from '@latentkit/core';
import { definitionOf, throwIfAborted } from '@latentkit/core/runtime';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import { klInWords } from '../kl-in-words.ts';
import { type Metric, mean, testMetric } from '../metric.ts';
import { type ItemBatch, itemBatches, type TestItems } from '../test-items.ts';

export interface ElboOptions {
  /** Draws from the posterior for each item; 1 by default. */
  readonly samples?: number | undefined;
  /** Seed of the draws; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface NegativeElbo {
  /** Means over the items, in nats: total = reconstruction + kl. */
  readonly total: number;
  readonly reconstruction: number;
  readonly kl: number;
  readonly metrics: readonly Metric[];
}

/**
 * The negative evidence lower bound of an exported model with β = 1, averaged over draws from the
 * posterior (Kingma & Welling 2014, eq. 3). Conditional models are given each item's label. For a
 * latent of codes the model's prior over them takes the place of the KL.
 *
 * @throws LatentkitError `unsupported-format` for a model that has no prior over its latents, `aborted`
 */
export async function negativeElbo(
  model: Autoencoder,
  items: TestItems,
  { samples = 1, seed = 0, signal }: ElboOptions = {},
): Promise<NegativeElbo> {
  checkPositiveInteger('posterior samples', samples, 1_000_000);
  checkSeed('seed', seed);
  const { card } = model;
  if (!hasPrior(card)) {
    throw new LatentkitError(
      'unsupported-format',
      `The evidence lower bound needs a prior over the latents, which ${card.name} (latent of kind '${card.latent.kind}') does not have.`,
    );
  }
  // Codes are not drawn: the second sample would be the first again.
  const draws = definitionOf(card.latent).grid ? 1 : samples;
  const random = createRandom(seed, 'elbo');
  let reconstruction = 0;
  let kl = 0;
  for (const batch of itemBatches(items)) {
    for (let draw = 0; draw < draws; draw++) {
      throwIfAborted(signal, 'Computing the ELBO');
      const score = await model.score(batch.images, {
        seed: random.uint32(),
        condition: conditionOf(card, batch),
        signal,
      });
      reconstruction -= (mean(score.reconstruction) * batch.count) / draws;
      kl += (mean(score.kl) * batch.count) / draws;
    }
  }
  return summary(card, items, {
    reconstruction: reconstruction / items.count,
    kl: kl / items.count,
    draws,
    seed,
  });
}

/** The labels of a batch, for a conditional model. */
export function conditionOf(card: WholeCard, { labels }: ItemBatch): Int32Array | undefined {
  return card.condition && Int32Array.from(labels);
}

function summary(
  card: WholeCard,
  items: TestItems,
  {
    reconstruction,
    kl,
    draws,
    seed,
  }: { reconstruction: number; kl: number; draws: number; seed: number },
): NegativeElbo {
  const grey = card.likelihood.kind === 'bernoulli' && items.binarisation === 'none';
  const likelihood = grey
    ? 'cross-entropy on grey values (a loss, not a likelihood)'
    : `−ln p(x|z), likelihood ${card.likelihood.kind}`;
  const drawn = definitionOf(card.latent).grid
    ? 'codes are not drawn'
    : `${draws} posterior sample${draws === 1 ? '' : 's'} an item (seed ${seed})`;
  const given = card.condition ? ', given the label' : '';
  const where = `${items.description}, ONNX Runtime CPU`;
  const total = reconstruction + kl;
  const metric = (name: string, value: number, what: string) =>
    testMetric(name, value, 'nats per item', {
      protocol: `${what}${given}; ${drawn}; ${where}`,
      count: items.count,
    });
  return {
    total,
    reconstruction,
    kl,
    metrics: [
      metric('negative ELBO', total, `${likelihood} summed over elements, plus KL with β = 1`),
      metric('reconstruction', reconstruction, `${likelihood} summed over elements`),
      metric('KL', kl, klInWords(card).ofSeveral),
    ],
  };
}
