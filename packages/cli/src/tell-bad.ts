import type { Fault } from '@latentkit/data';
import { formatFault, formatPlural } from '@latentkit/system';
import { formatCount } from './format.ts';
import type { Io } from './io.ts';

/** Bad files that are told of one by one. */
const SHOWN = 20;

/** Lists the files that a verb left out, with their reasons; says nothing where there are none. */
export function tellBad(bad: readonly Fault[], io: Io): void {
  if (bad.length === 0) return;
  io.err(`${formatPlural(bad.length, 'file')} left out:`);
  for (const fault of bad.slice(0, SHOWN)) io.err(`  - ${formatFault(fault)}`);
  if (bad.length > SHOWN)
    io.err(`  - and ${formatCount(bad.length - SHOWN)} more (--json lists all)`);
}
