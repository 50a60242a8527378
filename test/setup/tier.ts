/**
 * The two tiers of the tests: `npm test` takes a part of what is many of a kind (random trials, rows of a table),
 * `npm run test:all` takes all of it. The part is the same each time, and the last lines of a run name it.
 */
import { appendFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** What a run took a part of, for scripts/jest-totals-reporter.cjs. */
export interface Part {
  /** The path of the test file. */
  readonly path: string;
  /** What was counted, in the plural. */
  readonly what: string;
  readonly taken: number;
  readonly of: number;
}

/** Whether all is run: `LATENTKIT_TESTS=all`. */
export const runsAll = (): boolean => process.env['LATENTKIT_TESTS'] === 'all';

function tell(what: string, taken: number, of: number): void {
  const file = process.env['LATENTKIT_PARTS'];
  if (file === undefined || taken === of) return;
  const part: Part = { path: expect.getState().testPath ?? '', what, taken, of };
  appendFileSync(file, `${JSON.stringify(part)}\n`);
}

/** How many trials a test makes, of which each is as likely to find a fault. */
export function trials(what: string, { quick, all }: { quick: number; all: number }): number {
  const taken = runsAll() ? all : quick;
  tell(what, taken, all);
  return taken;
}

/**
 * The cases of a table that are run.
 *
 * @param quick how many of them `npm test` takes, spread over the table, or which
 * @throws Error where none is left
 */
export function someOf<T>(
  what: string,
  cases: readonly T[],
  quick: number | ((item: T) => boolean),
): T[] {
  const taken = runsAll()
    ? [...cases]
    : typeof quick === 'number'
      ? spread(cases, quick)
      : cases.filter(quick);
  if (taken.length === 0) throw new Error(`None of ${cases.length} ${what} is left for npm test.`);
  tell(what, taken.length, cases.length);
  return taken;
}

/**
 * Multiples of the golden section, modulo 1, lie evenly, and in step with no period of a table: those below the
 * wanted share are taken.
 */
function spread<T>(cases: readonly T[], count: number): T[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  const places = cases.map((_, i) => (i * golden) % 1);
  const limit = [...places].sort((a, b) => a - b)[count - 1] ?? 1;
  return cases.filter((_, i) => (places[i] as number) <= limit);
}
