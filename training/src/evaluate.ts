import {
  gaussianKl,
  LatentkitError,
  logLikelihood,
  type ModelCard,
  throwIfAborted,
} from '@latentkit/core';
import { loadAutoencoder } from '@latentkit/node';
import type { Dataset } from './data/dataset.ts';
import {
  DATASET_NAMES,
  type DatasetConfig,
  type DatasetName,
  loadDataset,
} from './data/load-dataset.ts';
import type { LoadProgress } from './data/load-progress.ts';
import type { Terms } from './events.ts';
import { addTerms, meanTerms, NO_TERMS } from './run/terms.ts';
import { TEST_NOISE_SEED, testBatches } from './run/test-terms.ts';

export interface EvaluateOptions {
  /** The data, or how to get them; by default those that the card names. The test items are used. */
  readonly data?: Dataset | DatasetConfig | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

export type Metric = ModelCard['metrics'][number];

export interface Evaluation extends Terms {
  /** Test items. */
  readonly count: number;
  /** How the figures came about, in words. */
  readonly protocol: string;
  /** The same, as a card holds them. */
  readonly metrics: readonly Metric[];
}

/**
 * The test loss of an exported model: the negative ELBO with β = 1 at one posterior sample an item,
 * computed from the ONNX files alone. The noise is seeded and the same as in training's own tests.
 *
 * @param modelDir a folder that holds model.json and its graphs
 * @throws LatentkitError `unsupported-format` for a latent that is not Gaussian, and as
 *   `loadAutoencoder` and {@link loadDataset}
 */
export async function evaluate(
  modelDir: string,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const vae = await loadAutoencoder<'gaussian'>(modelDir, { device: 'cpu' });
  try {
    const { card } = vae;
    if (card.latent.kind !== 'gaussian') {
      throw new LatentkitError(
        'unsupported-format',
        `The test loss is defined for Gaussian latents; ${modelDir} has a latent of kind '${card.latent.kind}'.`,
      );
    }
    const dataset = await datasetFor(card, options);
    const itemSize = dataset.itemShape.reduce((size, dim) => size * dim, 1);
    let sums = NO_TERMS;
    for (const batch of testBatches(dataset.test, card.latent.size, TEST_NOISE_SEED)) {
      throwIfAborted(options.signal, 'Evaluating the model');
      const { mean, logVar } = await vae.encoder.encode({
        data: batch.items,
        dims: [batch.count, itemSize],
        dtype: 'float32',
      });
      const z = batch.noise;
      for (let i = 0; i < z.length; i++) {
        z[i] =
          (mean.data[i] as number) + Math.exp((logVar.data[i] as number) / 2) * (z[i] as number);
      }
      const decoded = await vae.decoder.decode({ data: z, dims: mean.dims, dtype: 'float32' });
      const reconstruction = -average(logLikelihood(batch.items, decoded, card));
      const kl = average(gaussianKl(mean, logVar));
      sums = addTerms(sums, { loss: reconstruction + kl, reconstruction, kl }, batch.count);
    }
    return describeTerms(meanTerms(sums), card, dataset);
  } finally {
    await vae.dispose();
  }
}

function datasetFor(
  card: ModelCard,
  { data, signal, onProgress }: EvaluateOptions,
): Promise<Dataset> | Dataset {
  if (data && 'test' in data) return data;
  const name = card.provenance.dataset;
  if (!data && !DATASET_NAMES.includes(name as DatasetName)) {
    throw new LatentkitError(
      'not-found',
      `The model was trained on '${name}', which is not a data set that can be loaded by name; pass the data.`,
    );
  }
  return loadDataset({ ...(data ?? { name: name as DatasetName }), signal, onProgress });
}

const LIKELIHOOD_WORDS = {
  bernoulli:
    'grey: cross-entropy on values in [0, 1], summed over pixels (a loss, not a likelihood)',
  'continuous-bernoulli': 'continuous Bernoulli negative log-density, summed over pixels',
  gaussian: 'Gaussian negative log-density with the σ of the card, summed over pixels',
} as const;

function describeTerms(terms: Terms, card: ModelCard, { name, test }: Dataset): Evaluation {
  const { count } = test;
  const likelihood = LIKELIHOOD_WORDS[card.likelihood.kind];
  const sampled = `one posterior sample an item (seed ${TEST_NOISE_SEED})`;
  const setting = `${count.toLocaleString('en')} test items of ${name}, ONNX Runtime CPU`;
  const protocols: Record<keyof Terms, string> = {
    loss: `negative ELBO with β = 1: ${likelihood}, plus KL; ${sampled}; ${setting}`,
    reconstruction: `${likelihood}; ${sampled}; ${setting}`,
    kl: `KL of the posterior from N(0, I), exact, summed over dimensions; ${setting}`,
  };
  const names = { loss: 'test loss', reconstruction: 'test reconstruction', kl: 'test KL' };
  const metrics = (['loss', 'reconstruction', 'kl'] as const).map((term) => ({
    name: names[term],
    value: Number(terms[term].toFixed(3)),
    unit: 'nats per item',
    protocol: protocols[term],
    split: 'test' as const,
    count,
  }));
  return { ...terms, count, protocol: protocols.loss, metrics };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
