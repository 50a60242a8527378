import { formatPlural } from '@latentkit/system';
import { countOutcomes, type Report } from '../report.ts';
import { skipLines } from './skips.ts';

/** For a pull request's comment or a job's summary. */
export function markdownReport(report: Report): string {
  const { failed, warned, passed, skipped } = countOutcomes(report);
  const lines = [
    `## latentkit check: ${report.passed ? 'passed' : 'failed'}`,
    '',
    `${formatPlural(passed, 'check')} passed, ${warned} with warnings, ${failed} failed, ${skipped} skipped.`,
    '',
    '| model | result | findings |',
    '|---|---|---|',
  ];
  for (const { model, passed: sound, outcomes } of report.models) {
    const told = outcomes.flatMap(({ check, findings }) =>
      findings.map(
        ({ message, file }) => `\`${check}\` ${cell(file ? `${file}: ${message}` : message)}`,
      ),
    );
    lines.push(
      `| ${cell(model)} | ${sound ? 'passed' : '**failed**'} | ${told.join('<br>') || 'none'} |`,
    );
  }
  const skips = skipLines(report).map((line) => `- ${cell(line)}`);
  if (skips.length > 0) lines.push('', 'Skipped:', '', ...skips);
  return `${lines.join('\n')}\n`;
}

/** Text that stays within a cell of a table, and is text. */
function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('`', '\\`')
    .replaceAll(/\r?\n/g, '<br>');
}
