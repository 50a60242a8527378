import { LatentkitError } from '@latentkit/core';
import { listFaults } from './list-faults.ts';
import type { Fault } from './picture-source.ts';

/** Of what was named nothing is left: to go on without it would look as if all were well. */
export function noneReadable(location: string, bad: readonly Fault[]): LatentkitError {
  const all = bad.length === 1 ? 'The one picture' : `None of the ${bad.length} pictures`;
  return new LatentkitError(
    'invalid-data',
    [
      `${all} in ${location} ${bad.length === 1 ? 'cannot' : 'can'} be read:`,
      ...listFaults(bad),
      'See that these are pictures.',
    ].join('\n'),
  );
}
