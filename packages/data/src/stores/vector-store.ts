import type { NearestOptions } from '../search/check-query.ts';
import type { SearchHit } from '../search/search-vectors.ts';
import type { VectorBlock, VectorInfo } from '../vectors/vector-rows.ts';

/**
 * Vectors of one latent space in a database, by the ids of their rows. `@latentkit/stores` has one in SQLite; whatever else
 * does as this says can be embedded into and searched as well.
 */
export interface VectorStore {
  /** Where it is, for messages. */
  readonly address: string;
  /** What its vectors are; kept in the store since it was made. */
  readonly info: VectorInfo;
  /** Rows that there are. */
  count(): Promise<number>;
  /**
   * Puts rows in, each as a new one or in the place of that of its id: all of them, or none if it is interrupted.
   *
   * @throws ArgumentError for rows that it could not give back as they are (half a character, a score that is NaN);
   *   InputError for vectors of another size, or that a search could not compare: not finite, or too long; LatentkitError
   *   `unwritable`, `in-use`
   */
  upsert(block: VectorBlock): Promise<void>;
  /** The rows of some ids, in their order; those that there are. */
  get(ids: readonly string[]): Promise<VectorBlock>;
  /**
   * The ids of all rows, some at a time. Asked of a store that is to be rid of rows whose items are gone.
   */
  ids?(): AsyncIterable<readonly string[]>;
  /**
   * Takes the rows of some ids out, all that there are, or none if it is interrupted.
   *
   * @throws LatentkitError `unwritable`, `in-use`
   */
  remove(ids: readonly string[]): Promise<void>;
  /**
   * The rows nearest to a vector, the nearest first, as `searchVectors` finds them in a file: exactly.
   *
   * @param query [size]
   * @throws ArgumentError, InputError, AbortedError
   */
  nearest(query: Float32Array, options?: NearestOptions): Promise<SearchHit[]>;
  /** Lets it go; idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a store for vectors of a latent space, and makes it where there is none.
 *
 * @throws ArgumentError for a store of another latent space
 */
export type OpenStore = (info: VectorInfo) => Promise<VectorStore>;
