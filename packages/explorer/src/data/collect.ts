import {
  ArgumentError,
  type Autoencoder,
  centre,
  dimensionKl,
  gridOf,
  type ModelCard,
  sizeOf,
} from '@latentkit/core';
import { definitionOf, itemValues, throwIfAborted } from '@latentkit/core/runtime';
import type { ExplorerBatch, ExplorerItems } from '../items.ts';
import type { ThumbnailSheets } from './thumbnail-sheets.ts';

/** What a model says of all items, a row each. */
export interface Collected {
  readonly ids: readonly string[];
  /** [n × size] */
  readonly vectors: Float32Array;
  /** ELBO in nats, from one draw under seed 0. */
  readonly scores: Float32Array;
  /** Mean squared error of the reconstruction, per element. */
  readonly errors: Float32Array;
  /** Positions in the `labelNames` of the items. */
  readonly labels: Uint32Array | undefined;
  /** [n × factors] */
  readonly factors: Float32Array | undefined;
  /** KL of each dimension, the mean over the items, in nats; for a Gaussian latent under N(0, I). */
  readonly kl: Float64Array | undefined;
  /** Entries of the codebook that were used, for a latent of codes. */
  readonly codesUsed: number | undefined;
}

export const SCORE_PROTOCOL = 'ELBO in nats, from one posterior draw an item (seed 0)';

/**
 * Encodes, decodes and scores all items once, and adds each to the thumbnails.
 *
 * @throws ArgumentError for no items, or a conditional model on items without its labels; what the items and the
 *   model throw; AbortedError
 */
export async function collect(
  model: Autoencoder,
  items: ExplorerItems,
  sheets: ThumbnailSheets,
  options: {
    readonly condition?: string | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Collected> {
  const { condition, signal, onProgress } = options;
  const { card } = model;
  const definition = definitionOf(card.latent);
  const grid = gridOf(card);
  const { size } = card.latent;
  const labelAt = new Map(items.labelNames.map((name, i) => [name, i]));
  const rows = new Rows(size, items.factorNames.length, items.labelNames.length > 0);
  const klSum = new Float64Array(size);
  const used = new Set<number>();
  let gaussian = false;
  for await (const batch of items.batches(signal)) {
    throwIfAborted(signal, 'Reading the items');
    const count = batch.ids.length;
    const given = {
      signal,
      outside: 'clip',
      condition: conditionOf(card, batch, condition),
    } as const;
    const latent = await model.encoder.encode(batch.items, given);
    const { mean } = await model.decoder.decode(latent, { signal, condition: given.condition });
    const { elbo } = await model.score(batch.items, { ...given, seed: 0 });
    const values = itemValues(batch.items, card, given);
    const itemSize = sizeOf(card.item.shape);
    const errors = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const [from, to] = [i * itemSize, (i + 1) * itemSize];
      errors[i] = meanSquare(values.subarray(from, to), mean.data.subarray(from, to));
      await sheets.add(values.subarray(from, to));
    }
    // Of a mixture as the prior the KL is not a sum over dimensions.
    const moments = definition.exactKl ? definition.moments?.(latent) : undefined;
    if (moments) {
      gaussian = true;
      for (const [i, kl] of dimensionKl(moments.mean, moments.logVar).entries()) {
        (klSum[i] as number) += kl * count;
      }
    }
    if (grid) for (const code of definition.toDecode(latent).data) used.add(code);
    rows.add(batch, centre(latent).data, elbo, errors, labelAt);
    onProgress?.(rows.count, Math.max(items.total, rows.count));
  }
  if (rows.count < LEAST) {
    throw new ArgumentError('data', `at least ${LEAST} items that can be read`, rows.count);
  }
  return {
    ...rows.whole(),
    kl: gaussian ? klSum.map((sum) => sum / rows.count) : undefined,
    codesUsed: grid ? used.size : undefined,
  };
}

/** Fewer have no neighbourhoods to speak of. */
const LEAST = 20;

/** What a conditional model is told of each item: its label, or what was asked for. */
function conditionOf(
  { condition: wanted, name }: ModelCard,
  { labels }: ExplorerBatch,
  condition: string | undefined,
): string | readonly string[] | undefined {
  if (!wanted || condition !== undefined) return condition;
  if (labels?.every((label) => wanted.labels.includes(label))) return labels;
  throw new ArgumentError(
    'condition',
    `items with the labels of ${name} (${wanted.labels.slice(0, 12).join(', ')}), or one label for all of them`,
    labels?.find((label) => !wanted.labels.includes(label)) ?? 'items without labels',
  );
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum / a.length;
}

/** Columns that grow. */
class Rows {
  readonly #ids: string[] = [];
  readonly #vectors: Float32Array[] = [];
  readonly #scores: number[] = [];
  readonly #errors: number[] = [];
  readonly #labels: number[] | undefined;
  readonly #factors: Float32Array[] | undefined;
  readonly #size: number;

  constructor(size: number, factors: number, labelled: boolean) {
    this.#size = size;
    if (labelled) this.#labels = [];
    if (factors > 0) this.#factors = [];
  }

  get count(): number {
    return this.#ids.length;
  }

  add(
    { ids, labels = [], factors }: ExplorerBatch,
    vectors: Float32Array,
    scores: Float64Array,
    errors: Float32Array,
    labelAt: ReadonlyMap<string, number>,
  ): void {
    this.#ids.push(...ids);
    this.#vectors.push(vectors.slice());
    this.#scores.push(...scores);
    this.#errors.push(...errors);
    this.#labels?.push(...ids.map((_, i) => labelAt.get(labels[i] ?? '') ?? 0));
    if (factors) this.#factors?.push(factors);
  }

  whole() {
    return {
      ids: this.#ids,
      vectors: joined(this.#vectors, this.count * this.#size),
      scores: Float32Array.from(this.#scores),
      errors: Float32Array.from(this.#errors),
      labels: this.#labels && Uint32Array.from(this.#labels),
      factors:
        this.#factors &&
        joined(
          this.#factors,
          this.#factors.reduce((sum, { length }) => sum + length, 0),
        ),
    };
  }
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  const out = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
