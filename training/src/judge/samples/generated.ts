import { type Autoencoder, createRandom, sizeOf } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';

export interface GeneratedOptions {
  readonly count: number;
  readonly seed: number;
  readonly temperature?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a model makes of draws from its prior. */
export interface Generated {
  /** Decoded means, [count × itemSize] */
  readonly images: Float32Array;
  /** Of a conditional model: what each was asked to be, every label as often as any other. */
  readonly labels: Int32Array | undefined;
}

const BATCH = 500;

/** Draws from a model's prior, decoded to their means; see `Autoencoder.sample`. */
export async function generate(
  model: Autoencoder,
  { count, seed, temperature, signal }: GeneratedOptions,
): Promise<Generated> {
  const { card } = model;
  const itemSize = sizeOf(card.item.shape);
  const images = new Float32Array(count * itemSize);
  const classes = card.condition?.labels.length;
  const labels =
    classes === undefined ? undefined : Int32Array.from({ length: count }, (_, i) => i % classes);
  const random = createRandom(seed, 'generate');
  for (let from = 0; from < count; from += BATCH) {
    throwIfAborted(signal, 'Generating');
    const size = Math.min(BATCH, count - from);
    const { mean } = await model.sample(size, {
      seed: random.uint32(),
      temperature,
      signal,
      condition: labels?.subarray(from, from + size),
    });
    images.set(mean.data, from * itemSize);
  }
  return { images, labels };
}
