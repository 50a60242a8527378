import type { Autoencoder } from '@latentkit/core';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import type { Classified, Classifier } from '../classifier/classifier.ts';
import { type Metric, testMetric } from '../metric.ts';
import { itemBatches, type TestItems } from '../test-items.ts';
import { frechetDistance, momentsOf } from './frechet-distance.ts';
import { generate } from './generated.ts';

export interface FrechetOptions {
  /** Images to generate; as many as there are test items by default, and at most so many are compared. */
  readonly count?: number | undefined;
  /** Seed of the draws from the prior; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Fréchet distance between what a model generates and the test items, in the features of a
 * classifier (Heusel et al. 2017, with this package's digit classifier in the place of Inception: the
 * figures compare models with each other, not with figures from elsewhere).
 *
 * @param items grey test items: binarised ones differ from decoded means by their noise
 */
export async function generationDistance(
  model: Autoencoder,
  items: TestItems,
  classifier: Classifier,
  { count = items.count, seed = 0, signal }: FrechetOptions = {},
): Promise<Metric> {
  checkPositiveInteger('images to generate', count, 1_000_000);
  checkSeed('seed', seed);
  // A batch at a time: what is kept of an image is its features.
  const generated = featureMoments(
    await classifier.classify(imagesOf(generate(model, { count, seed, signal }))),
  );
  const real = featureMoments(await classifier.classify(imagesOf(itemBatches(items))));
  const width = real.mean.length;
  const protocol = `squared Fréchet distance between Gaussians fitted to the ${width} features of ${classifier.description}: ${count.toLocaleString('en')} decoded means of draws from the prior (seed ${seed}${model.card.condition ? ', every label alike' : ''}) against ${items.description}`;
  return testMetric('Fréchet distance', frechetDistance(generated, real), 'squared features', {
    protocol,
    count,
  });
}

async function* imagesOf(
  batches:
    | Iterable<{ readonly images: Float32Array }>
    | AsyncIterable<{ readonly images: Float32Array }>,
): AsyncGenerator<Float32Array, void, undefined> {
  for await (const { images } of batches) yield images;
}

function featureMoments({ features, featureSize, count }: Classified) {
  return momentsOf({ data: features, width: featureSize, count });
}
