import { formatPlural } from '@latentkit/system';
import { countOutcomes, type Outcome, type Report } from '../report.ts';
import { skipLines } from './skips.ts';

const MARKS = { passed: 'ok  ', warned: 'warn', failed: 'FAIL', skipped: 'skip' } as const;

export interface HumanOptions {
  /** Tell every check and what it measured, not only what did not pass. */
  readonly verbose?: boolean | undefined;
}

/** For people at a terminal: a line a model, what did not pass and what to do, and what was skipped and why. */
export function humanReport(report: Report, { verbose = false }: HumanOptions = {}): string {
  const models = report.models.map(({ model, passed, outcomes }) => {
    const told = outcomes.filter(
      ({ status }) => verbose || status === 'failed' || status === 'warned',
    );
    const ran = outcomes.filter(({ status }) => status !== 'skipped').length;
    const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
    const head = `${passed ? 'ok  ' : 'FAIL'} ${model}  (${formatPlural(ran, 'check')}, ${seconds.toFixed(1)} s)`;
    return [head, ...told.map((outcome) => outcomeText(outcome, verbose))].join('\n');
  });
  const { failed, warned, passed, skipped } = countOutcomes(report);
  const sound = report.models.filter((model) => model.passed).length;
  const total =
    `${sound} of ${report.models.length} models passed: ${formatPlural(passed, 'check')} passed, ` +
    `${warned} with warnings, ${failed} failed, ${skipped} skipped.`;
  // Told at its check already where every check is.
  const skips = verbose ? [] : skipLines(report);
  const skippedText = skips.length > 0 ? ['', 'skipped:', ...skips.map((line) => `  ${line}`)] : [];
  return [...models, ...skippedText, '', total].join('\n');
}

function outcomeText(outcome: Outcome, verbose: boolean): string {
  const { check, summary, status, findings, reason, remedy, measured } = outcome;
  const lines = [`  ${MARKS[status]} ${check}: ${summary}`];
  for (const { file, message } of findings)
    lines.push(`         ${file ? `${file}: ` : ''}${message}`);
  if (reason !== undefined) lines.push(`         ${reason}`);
  if (verbose) {
    for (const [name, value] of Object.entries(measured)) {
      lines.push(
        `         ${name}: ${value === null ? 'no number' : Number(value.toPrecision(4))}`,
      );
    }
  }
  if (remedy !== undefined) lines.push(`         → ${remedy}`);
  return lines.join('\n');
}
