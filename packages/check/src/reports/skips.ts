import { listed } from '../numbers/format.ts';
import type { Report } from '../report.ts';

/** What was skipped for one reason. */
export interface Skips {
  readonly reason: string;
  readonly checks: readonly string[];
  readonly models: readonly string[];
}

/** Checks that one line names; of those that a failed check left out, there are dozens. */
const NAMED = 4;

/** What was skipped, by reason: green says nothing of a check that did not run. */
export function skipsOf({ models }: Report): Skips[] {
  const byReason = new Map<string, { checks: Set<string>; models: Set<string> }>();
  for (const { model, outcomes } of models) {
    for (const { check, status, reason = '' } of outcomes) {
      if (status !== 'skipped') continue;
      const same = byReason.get(reason) ?? { checks: new Set(), models: new Set() };
      byReason.set(reason, same);
      same.checks.add(check);
      same.models.add(model);
    }
  }
  return [...byReason].map(([reason, same]) => ({
    reason,
    checks: [...same.checks],
    models: [...same.models],
  }));
}

/** A line a reason: the checks, the models where it is not all of them, and why. */
export function skipLines(report: Report): string[] {
  return skipsOf(report).map(({ reason, checks, models }) => {
    const where = models.length < report.models.length ? ` (${models.join(', ')})` : '';
    return `${listed(checks, NAMED)}${where}: ${reason}`;
  });
}
