import { ArgumentError, InputError } from '@latentkit/core';

export const METRICS = ['cosine', 'euclidean'] as const;
/** What is near: the angle between two vectors, or the distance of their ends. */
export type Metric = (typeof METRICS)[number];

export interface NearestOptions {
  /** How many; 10 by default. */
  readonly k?: number | undefined;
  /** `'cosine'` by default. */
  readonly metric?: Metric | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** {@link NearestOptions} with what they are by default. */
export interface CheckedQuery {
  readonly k: number;
  readonly metric: Metric;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sees that something can be searched for among vectors of a size, for what searches them: a `VectorIndex`, a store.
 *
 * @param query [size]
 * @throws ArgumentError, InputError
 */
export function checkQuery(
  query: Float32Array,
  size: number,
  options: NearestOptions = {},
): CheckedQuery {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError('options', 'an object of options', options);
  }
  const { k = 10, metric = 'cosine', signal } = options;
  if (!Number.isSafeInteger(k) || k < 1) {
    throw new ArgumentError('k', 'an integer of at least 1', k);
  }
  if (!METRICS.includes(metric)) {
    throw new ArgumentError('metric', METRICS.map((name) => `'${name}'`).join(' or '), metric);
  }
  checkVectors('query', query, size);
  if (query.length !== size) {
    throw new InputError('query', `one vector of ${size} numbers`, `${query.length} numbers`);
  }
  return { k, metric, signal };
}

/**
 * Sees that something is whole vectors of finite numbers.
 *
 * @throws ArgumentError for no size; InputError
 */
export function checkVectors(what: string, vectors: unknown, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new ArgumentError('size', 'an integer of at least 1', size);
  }
  if (!(vectors instanceof Float32Array)) {
    throw new InputError(what, 'a Float32Array', typeof vectors);
  }
  if (vectors.length % size !== 0) {
    throw new InputError(what, `n × ${size} numbers`, `${vectors.length} numbers`);
  }
  for (let i = 0; i < vectors.length; i++) {
    const value = vectors[i] as number;
    // Neither NaN nor an infinity less itself is 0.
    if (value - value !== 0) {
      throw new InputError(`${what}, number ${i}`, 'a finite number', String(value));
    }
  }
}
