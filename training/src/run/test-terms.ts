import { createRandom } from '@latentkit/core';
import type { Split } from '../data/dataset.ts';
import type { Engine } from '../engines/engine.ts';
import type { Terms } from '../events.ts';
import { addTerms, meanTerms, NO_TERMS } from './terms.ts';

const BATCH = 500;
/** Fixed, so that two evaluations differ by their weights alone. */
export const TEST_NOISE_SEED = 0;

/** Cuts a split into batches with the noise that belongs to them: one sample an item, in order. */
export function* testBatches(
  { images, count }: Split,
  noiseSize: number,
  seed: number,
): Generator<{ items: Float32Array; noise: Float32Array; count: number }> {
  const itemSize = images.length / count;
  const random = createRandom(seed, 'test-noise');
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    const noise = random.fillNormal(new Float32Array(size * noiseSize));
    yield { items: images.subarray(from * itemSize, (from + size) * itemSize), noise, count: size };
  }
}

/** Means over the items of a split with β = 1, at one posterior sample an item. */
export async function testTerms(engine: Engine, split: Split, noiseSize: number): Promise<Terms> {
  let sums = NO_TERMS;
  for (const { items, noise, count } of testBatches(split, noiseSize, TEST_NOISE_SEED)) {
    sums = addTerms(sums, await engine.evaluate({ items, noise }), count);
  }
  return meanTerms(sums);
}
