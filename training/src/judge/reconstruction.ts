import type { Autoencoder } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { conditionOf } from './likelihood/elbo.ts';
import { type Metric, testMetric } from './metric.ts';
import { itemBatches, type TestItems } from './test-items.ts';

export interface ReconstructionError {
  /** Mean squared error of an element. */
  readonly squared: number;
  /** Mean absolute error of an element. */
  readonly absolute: number;
  readonly metrics: readonly Metric[];
}

/**
 * How far an exported model's reconstructions are from the items: decoded means of their embeddings,
 * without sampling. Conditional models are given each item's label.
 */
export async function reconstructionError(
  model: Autoencoder,
  items: TestItems,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReconstructionError> {
  let squared = 0;
  let absolute = 0;
  for (const batch of itemBatches(items)) {
    throwIfAborted(signal, 'Reconstructing the items');
    const condition = conditionOf(model.card, batch);
    const { mean } = await model.reconstruct(batch.images, { condition, signal });
    for (let i = 0; i < batch.images.length; i++) {
      const error = (mean.data[i] as number) - (batch.images[i] as number);
      squared += error * error;
      absolute += Math.abs(error);
    }
  }
  const elements = items.count * items.itemSize;
  const [low, high] = model.card.item.range;
  const protocol = `of the decoded mean of each item's embedding, no sampling, averaged over elements in [${low}, ${high}]; ${items.description}, ONNX Runtime CPU`;
  const metric = (name: string, value: number) =>
    testMetric(
      name,
      value,
      'per element',
      { protocol: `${name} ${protocol}`, count: items.count },
      6,
    );
  return {
    squared: squared / elements,
    absolute: absolute / elements,
    metrics: [
      metric('reconstruction MSE', squared / elements),
      metric('reconstruction MAE', absolute / elements),
    ],
  };
}
