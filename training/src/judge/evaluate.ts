import { LatentkitError, type Precision, type WholeCard } from '@latentkit/core';
import { checkCallback, checkOptions, throwIfAborted } from '@latentkit/core/runtime';
import type { Dataset, LoadProgress } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { binarisedDataset } from '../data/binarise.ts';
import { loadDataset } from '../data/load-dataset.ts';
import type { Terms } from '../engines/engine.ts';
import { addTerms, meanTerms, NO_TERMS } from '../run/terms.ts';
import { TEST_NOISE_SEED, testBatches } from '../run/test-terms.ts';
import { DATASET_NAMES, type DatasetName } from '../settings/choices.ts';
import type { DatasetConfig } from '../settings/config.ts';
import { klInWords } from './kl-in-words.ts';
import type { Metric } from './metric.ts';

export interface EvaluateOptions {
  /** The data, or how to get them; by default those that the card names. The test items are used. */
  readonly data?: Dataset | DatasetConfig | undefined;
  /** Which of the precisions that the card offers; `'fp32'` by default. */
  readonly dtype?: Precision | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

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
 * computed from the ONNX files alone. The noise is seeded; data that the model was trained on binarised
 * are binarised in the same way.
 *
 * @param modelDir a folder that holds model.json and its graphs
 * @throws as `loadAutoencoder` and {@link loadDataset}
 */
export async function evaluate(
  modelDir: string,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions(options);
  checkCallback('onProgress', options.onProgress);
  const vae = await loadAutoencoder(modelDir, { device: 'cpu', dtype: options.dtype });
  try {
    const { card } = vae;
    const loaded = await datasetFor(card, options);
    const dataset = binarisedDataset(loaded, card.provenance.binarisation ?? 'none');
    let sums = NO_TERMS;
    let seed = TEST_NOISE_SEED;
    for (const batch of testBatches(dataset.test, 0, 0)) {
      throwIfAborted(options.signal, 'Evaluating the model');
      const score = await vae.score(batch.items(), {
        seed: seed++,
        condition: card.condition && Int32Array.from(batch.labels),
        signal: options.signal,
      });
      const reconstruction = -average(score.reconstruction);
      const kl = average(score.kl);
      sums = addTerms(sums, { loss: reconstruction + kl, reconstruction, kl }, batch.count);
    }
    return describeTerms(meanTerms(sums), card, dataset, options.dtype);
  } finally {
    await vae.dispose();
  }
}

function datasetFor(
  card: WholeCard,
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
  laplace: 'Laplace negative log-density with the scale of the card, summed over pixels',
  'discretised-logistic':
    'negative log-probability of the pixels under the discretised logistic of the card, summed over them',
} as const;

function describeTerms(
  terms: Terms,
  card: WholeCard,
  { name, test }: Dataset,
  dtype: Precision = 'fp32',
): Evaluation {
  const { count } = test;
  const { binarisation = 'none' } = card.provenance;
  const likelihood =
    binarisation === 'none'
      ? LIKELIHOOD_WORDS[card.likelihood.kind]
      : `binarised (${binarisation}; the test items drawn once): negative log-likelihood, summed over pixels`;
  const sampled = `one posterior sample an item (seeded)`;
  const weights = dtype === 'fp32' ? '' : `weights in ${dtype}; `;
  const setting = `${weights}${count.toLocaleString('en')} test items of ${name}, ONNX Runtime CPU`;
  const protocols: Record<keyof Terms, string> = {
    loss: `negative ELBO with β = 1: ${likelihood}, plus KL; ${sampled}; ${setting}`,
    reconstruction: `${likelihood}; ${sampled}; ${setting}`,
    kl: `${klInWords(card).ofOne}; ${setting}`,
  };
  const names = { loss: 'test loss', reconstruction: 'test reconstruction', kl: 'test KL' };
  const metrics = (['loss', 'reconstruction', 'kl'] as const).map((term) => ({
    name: dtype === 'fp32' ? names[term] : `${names[term]}, ${dtype}`,
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
