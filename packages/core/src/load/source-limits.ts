import { LatentkitError } from '../errors/index.ts';
import type { ReadOptions } from './platform.ts';

/** A card is text of a few kilobytes, to which a fitted sampler may add some megabytes. */
const CARD_LIMIT = 16 * 2 ** 20;

/** The most bytes that a file may have: what the card says, or the limit of cards for the card itself. */
export function maxBytesOf(expected: ReadOptions['expected']): number {
  return expected?.bytes ?? CARD_LIMIT;
}

/**
 * Sources are asked for bare names by core's validated cards; a source checks again, because a
 * folder or a cache must never be left through a name.
 */
export function checkFileName(file: string): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(file)) {
    throw new LatentkitError(
      'invalid-card',
      `'${file}' is not a bare file name: a model's files lie beside its card.`,
    );
  }
}
