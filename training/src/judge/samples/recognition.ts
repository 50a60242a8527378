import { type Autoencoder, LatentkitError } from '@latentkit/core';
import { checkPositiveInteger, checkSeed } from '../../checks.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { type Metric, testMetric } from '../metric.ts';
import { generate } from './generated.ts';

export interface RecognitionOptions {
  /** Images to generate of each label; 1,000 by default. */
  readonly perLabel?: number | undefined;
  /** Seed of the draws from the prior; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Recognition {
  /** Share of the images that the classifier takes for what they should be. */
  readonly share: number;
  /** The same for each label. */
  readonly byLabel: readonly number[];
  readonly metric: Metric;
}

/**
 * How often an independent classifier recognises what a conditional model was asked for.
 *
 * @throws LatentkitError `unsupported-format` for a model that is not conditional
 */
export async function recognition(
  model: Autoencoder,
  classifier: Classifier,
  { perLabel = 1000, seed = 0, signal }: RecognitionOptions = {},
): Promise<Recognition> {
  checkPositiveInteger('images a label', perLabel, 1_000_000);
  checkSeed('seed', seed);
  const names = model.card.condition?.labels;
  if (!names) {
    throw new LatentkitError(
      'unsupported-format',
      `${model.card.name} is not conditional: it cannot be asked for a label.`,
    );
  }
  const count = perLabel * names.length;
  const right = new Float64Array(names.length);
  for await (const { images, labels } of generate(model, { count, seed, signal })) {
    const { labels: found } = await classifier.classify(images);
    for (const [i, label] of (labels as Int32Array).entries()) {
      if (found[i] === label) (right[label] as number) += 1;
    }
  }
  const share = right.reduce((sum, value) => sum + value, 0) / count;
  const protocol = `share of class-conditional draws from the prior (${perLabel.toLocaleString('en')} decoded means for each of ${names.length} labels, seed ${seed}) that are recognised by ${classifier.description}`;
  return {
    share,
    byLabel: Array.from(right, (value) => value / perLabel),
    metric: testMetric('recognised samples', 100 * share, '%', { protocol, count }, 2),
  };
}
