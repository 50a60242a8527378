import { type Autoencoder, createRandom } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';

export interface GeneratedOptions {
  readonly count: number;
  readonly seed: number;
  readonly temperature?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Some of what a model makes of draws from its prior. */
export interface Generated {
  /** Decoded means, one after the other. */
  readonly images: Float32Array;
  /** Of a conditional model: what each was asked to be, every label in turn. */
  readonly labels: Int32Array | undefined;
}

const BATCH = 500;

/** Draws from a model's prior, decoded to their means, some at a time; see `Autoencoder.sample`. */
export async function* generate(
  model: Autoencoder,
  { count, seed, temperature, signal }: GeneratedOptions,
): AsyncGenerator<Generated, void, undefined> {
  const classes = model.card.condition?.labels.length;
  const random = createRandom(seed, 'generate');
  for (let from = 0; from < count; from += BATCH) {
    throwIfAborted(signal, 'Generating');
    const size = Math.min(BATCH, count - from);
    const labels =
      classes === undefined
        ? undefined
        : Int32Array.from({ length: size }, (_, i) => (from + i) % classes);
    const { mean } = await model.sample(size, {
      seed: random.uint32(),
      temperature,
      signal,
      condition: labels,
    });
    yield { images: mean.data, labels };
  }
}
