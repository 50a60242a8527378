import { createHash } from 'node:crypto';
import type { Part } from '../sources/picture-source.ts';
import type { Factors } from './dataset.ts';

/** What is known of the items of a data set beside their values, in their order. */
export interface KnownItems {
  readonly ids: readonly string[];
  readonly parts: readonly Part[];
  /** [count], positions in `labelNames`. */
  readonly labels: ArrayLike<number>;
  readonly labelNames: readonly string[];
  readonly factors: Factors | undefined;
}

/**
 * Where a data set came from, in words that differ for other values, names, labels, factors, parts or orders of items: a
 * training that is gone on with must meet the same.
 *
 * @param what how many items of what
 * @param valueDigest SHA-256 of the values, in hexadecimal
 */
export function provenanceOf(what: string, valueDigest: string, known: KnownItems): string {
  const [values, rest] = [valueDigest, digestOf(known)].map((digest) => digest.slice(0, 16));
  return `${what} (SHA-256 of the values: ${values}; of names, labels and parts: ${rest})`;
}

function digestOf({ ids, parts, labels, labelNames, factors }: KnownItems): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([labelNames, factors?.names ?? []]));
  for (const [i, id] of ids.entries()) {
    hash.update(`\n${JSON.stringify([id, parts[i], labels[i]])}`);
  }
  if (factors) {
    const { buffer, byteOffset, byteLength } = factors.values;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
