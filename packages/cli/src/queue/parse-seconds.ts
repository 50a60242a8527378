import { InvalidArgumentError } from 'commander';
import { parseNumber } from '../options.ts';

/** The longest that a timer runs, in seconds. */
const MOST = Math.floor((2 ** 31 - 1) / 1000);

/**
 * Parses seconds of at least `least`. The library counts milliseconds: what is wrong is said here, in what was typed.
 */
export function parseSeconds(least: number): (text: string) => number {
  return (text) => {
    const seconds = parseNumber(text);
    if (seconds >= least && seconds <= MOST) return seconds;
    throw new InvalidArgumentError(`Expected seconds from ${least} to ${MOST}.`);
  };
}
