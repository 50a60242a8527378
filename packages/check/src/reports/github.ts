import { formatPlural } from '@latentkit/system';
import type { Report } from '../report.ts';
import { fileOf } from './file-of.ts';
import { skipLines } from './skips.ts';

/**
 * GitHub Actions' workflow commands, an annotation a finding: `::error file=…,title=…::message`. GitHub
 * shows them at the pull request without any permission. What was skipped is one notice: it shows ten of a step.
 */
export function githubReport(report: Report): string {
  const { models } = report;
  const lines = models.flatMap(({ model, outcomes }) =>
    outcomes.flatMap(({ check, status, findings, remedy }) =>
      findings.map(({ level, message, file }) => {
        const kind = status === 'failed' ? 'error' : level;
        const properties = `file=${property(fileOf(model, file))},title=${property(`${check} (${model})`)}`;
        return `::${kind} ${properties}::${data(remedy ? `${message}\n${remedy}` : message)}`;
      }),
    ),
  );
  const skips = skipLines(report);
  if (skips.length > 0)
    lines.push(`::notice title=${property('latentkit check: skipped')}::${data(skips.join('\n'))}`);
  const failed = models.filter(({ passed }) => !passed).length;
  const total =
    failed === 0
      ? `::notice title=latentkit check::${formatPlural(models.length, 'model')} passed`
      : `::notice title=latentkit check::${failed} of ${models.length} models failed`;
  return [...lines, total].join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
