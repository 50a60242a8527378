import { ArgumentError } from '@latentkit/core';
import { vectorFormatOf } from '../vectors/vector-format.ts';

/**
 * Sees that vectors have one place to go to: a file of a known format, or a store.
 *
 * @throws ArgumentError
 */
export function checkTarget(out: unknown, to: unknown): void {
  if (to === undefined) {
    vectorFormatOf(out as string);
    return;
  }
  if (typeof to !== 'function') {
    const opener =
      "a function that opens a store, such as (info) => openStore('sqlite:v.db', info)";
    throw new ArgumentError('to', opener, to);
  }
  if (out !== undefined) throw new ArgumentError('to', 'either a store or a file (out)', 'both');
}
