import { ArgumentError, type Autoencoder } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { checkSeed } from '../checks.ts';
import { conditionOf } from './likelihood/elbo.ts';
import { type Metric, testMetric } from './metric.ts';
import { itemBatches, type TestItems } from './test-items.ts';

/**
 * The area under the receiver operating characteristic: the chance that a positive has a higher score
 * than a negative, ties counting half (Hanley & McNeil 1982).
 *
 * @param positive whether each score is that of a positive
 * @throws ArgumentError without at least one of each, or for a score that is NaN
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const count = scores.length;
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  );
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < count; ) {
    const score = scores[order[from] as number] as number;
    if (Number.isNaN(score)) throw new ArgumentError('scores', 'numbers', score);
    let to = from;
    while (to < count && scores[order[to] as number] === score) to++;
    // Ranks from 1; all of a tie share their mean.
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (!positive[order[i] as number]) continue;
      positives += 1;
      rankSum += rank;
    }
    from = to;
  }
  const negatives = count - positives;
  if (positives === 0 || negatives === 0) {
    throw new ArgumentError(
      'labels',
      'at least one positive and one negative',
      `${positives} positive, ${negatives} negative`,
    );
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export interface AnomalyOptions {
  /** The class that the model was not trained on. */
  readonly anomaly: number;
  /** Seed of the posterior draws; 0 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How well an exported model that was trained without one class tells that class from the others, by
 * `Autoencoder.score`: AUROC of the negative ELBO (one class left out: An & Cho 2015, §4), and of the negative
 * log-density of the latents where the card keeps a mixture.
 *
 * @throws ArgumentError where the items do not hold both the class and others
 */
export async function anomalyAuroc(
  model: Autoencoder,
  items: TestItems,
  { anomaly, seed = 0, signal }: AnomalyOptions,
): Promise<Metric[]> {
  checkSeed('seed', seed);
  const { mixture } = model.card.latentSpace ?? {};
  const elbos = new Float64Array(items.count);
  const densities = new Float64Array(mixture ? items.count : 0);
  for (const batch of itemBatches(items)) {
    throwIfAborted(signal, 'Scoring the items');
    const condition = conditionOf(model.card, batch);
    const { elbo, density } = await model.score(batch.images, {
      seed: seed + batch.from,
      condition,
      signal,
      ...(mixture ? { density: true } : {}),
    });
    elbos.set(elbo, batch.from);
    if (density) densities.set(density, batch.from);
  }
  const positive = Array.from(items.split.labels, (label) => label === anomaly);
  const metric = (name: string, scores: Float64Array, words: string) =>
    testMetric(
      name,
      auroc(
        scores.map((score) => -score),
        positive,
      ),
      'of 1',
      {
        protocol: `area under the ROC of ${words}, anomalies: class ${anomaly}, which training should not have seen, against all others; ${items.description}, ONNX Runtime CPU`,
        count: items.count,
      },
    );
  const byElbo = `the negative ELBO (one posterior sample an item, seed ${seed})`;
  const byDensity = `the negative log-density of the latents' centres under the mixture on the card (${mixture?.protocol})`;
  return [
    metric(`anomaly AUROC, class ${anomaly}`, elbos, byElbo),
    ...(mixture
      ? [metric(`anomaly AUROC by density, class ${anomaly}`, densities, byDensity)]
      : []),
  ];
}
