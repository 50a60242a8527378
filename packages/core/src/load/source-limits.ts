import { MAX_CARD_BYTES } from '../card/parse-card.ts';
import { LatentkitError } from '../errors/index.ts';
import type { ReadOptions } from './platform.ts';

/** The most bytes that a file may have: what the card says, or the limit of cards for the card itself. */
export function maxBytesOf(expected: ReadOptions['expected']): number {
  return expected?.bytes ?? MAX_CARD_BYTES;
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
