import { test } from '@jest/globals';

/**
 * Stands for a suite that cannot run here: counted as skipped in the totals, and its reason printed,
 * which jest keeps to itself.
 */
export function skipSuite(what: string, reason: string): void {
  process.stderr.write(`SKIPPED ${what}: ${reason}\n`);
  test.skip(`${what}: ${reason}`, () => {});
}
