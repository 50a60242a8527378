import { formatFault } from '@latentkit/system';
import type { Fault } from './picture-source.ts';

const SHOWN = 20;

/** Lines that name pictures which cannot be read, each with its reason: the first of them, and how many more there are. */
export function listFaults(bad: readonly Fault[]): string[] {
  const more = bad.length - SHOWN;
  return [
    ...bad.slice(0, SHOWN).map((fault) => `  - ${formatFault(fault)}`),
    ...(more > 0 ? [`  - and ${more} more`] : []),
  ];
}
