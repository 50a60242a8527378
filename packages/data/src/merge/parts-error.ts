import { LatentkitError } from '@latentkit/core';

/** What is wrong with the parts of an embedding, by name. */
interface PartFaults {
  /** Shards, as `3/8`, or paths of manifests, of which no part is there. */
  readonly missing?: readonly string[];
  /** Ids of items that are in two rows, or shards and manifests of which there are two parts. */
  readonly doubled?: readonly string[];
}

/** Names that a list holds at most: what is wrong with more is wrong with all. */
export const MOST_NAMES = 1000;

/** Parts that are not one whole: of `missing` there is no part, of `doubled` there are two. */
export class PartsError extends LatentkitError {
  declare readonly code: 'invalid-data';
  /** Shards, as `3/8`, or paths of manifests; at most 1000 of them. */
  readonly missing: readonly string[];
  /** Ids of items, shards as `3/8`, or paths of manifests; at most 1000 of them. */
  readonly doubled: readonly string[];

  constructor(message: string, { missing = [], doubled = [] }: PartFaults) {
    super('invalid-data', message);
    this.name = 'PartsError';
    this.missing = missing.slice(0, MOST_NAMES);
    this.doubled = doubled.slice(0, MOST_NAMES);
  }

  static override isInstance(value: unknown): value is PartsError {
    return LatentkitError.isInstance(value) && value.name === 'PartsError';
  }
}
