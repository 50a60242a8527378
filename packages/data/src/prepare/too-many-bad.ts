import { ArgumentError, LatentkitError } from '@latentkit/core';
import { listFaults } from '../sources/list-faults.ts';
import type { Fault } from '../sources/picture-source.ts';

export const DEFAULT_MAX_BAD = 0.01;

/** @throws ArgumentError for a share outside its domain */
export function checkMaxBad(maxBad: number | undefined): void {
  if (maxBad !== undefined && !(maxBad >= 0 && maxBad <= 1)) {
    throw new ArgumentError('share of bad pictures', 'a number from 0 to 1', maxBad);
  }
}

/** @throws LatentkitError `invalid-data`, with the list, if more than the share is bad, or all are */
export function checkBad(
  location: string,
  bad: readonly Fault[],
  total: number,
  maxBad = DEFAULT_MAX_BAD,
): void {
  if (bad.length === 0 || (bad.length <= maxBad * total && bad.length < total)) return;
  const share = ((100 * bad.length) / total).toLocaleString('en', { maximumFractionDigits: 1 });
  // 100 × 0.07 has a last digit that nobody typed.
  const most = (100 * maxBad).toLocaleString('en', { maximumSignificantDigits: 3 });
  throw new LatentkitError(
    'invalid-data',
    [
      `${bad.length} of ${total} pictures in ${location} cannot be read (${share} %; at most ${most} % may be):`,
      ...listFaults(bad),
      bad.length < total
        ? 'Mend or remove them, or allow a larger share (--max-bad).'
        : 'None is left to work with: see that these are pictures.',
    ].join('\n'),
  );
}
