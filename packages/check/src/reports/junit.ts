import { countOutcomes, type ModelReport, type Outcome, type Report } from '../report.ts';
import { fileOf } from './file-of.ts';

/**
 * JUnit's XML as its readers (Jenkins, GitLab, Azure) take it: a suite a model, a case a check. Warnings
 * are said in `system-out`, for there is no third way to end.
 */
export function junitReport(report: Report): string {
  const suites = report.models.map(suiteOf);
  const { failed, skipped } = countOutcomes(report);
  const tests = report.models.reduce((sum, { outcomes }) => sum + outcomes.length, 0);
  const head = attributes({
    name: 'latentkit check',
    tests,
    failures: failed,
    errors: 0,
    skipped,
    time: timeOf(report.models.flatMap(({ outcomes }) => outcomes)),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${head}>\n${suites.join('')}</testsuites>\n`;
}

function suiteOf({ model, outcomes }: ModelReport): string {
  const count = (wanted: string) => outcomes.filter(({ status }) => status === wanted).length;
  const head = attributes({
    name: model,
    tests: outcomes.length,
    failures: count('failed'),
    errors: 0,
    skipped: count('skipped'),
    time: timeOf(outcomes),
  });
  const cases = outcomes.map((outcome) => caseOf(model, outcome));
  return `  <testsuite${head}>\n${cases.join('')}  </testsuite>\n`;
}

function caseOf(
  model: string,
  { check, status, findings, reason, remedy, seconds }: Outcome,
): string {
  const head = attributes({ classname: model, name: check, time: seconds.toFixed(3) });
  const text = findings
    .map(({ file, message }) => `${fileOf(model, file)}: ${message}`)
    .concat(remedy ?? [])
    .join('\n');
  const first = findings[0]?.message ?? '';
  const body = {
    passed: '',
    warned: `      <system-out>${escapeXml(text)}</system-out>\n`,
    failed: `      <failure${attributes({ message: first, type: check })}>${escapeXml(text)}</failure>\n`,
    skipped: `      <skipped${attributes({ message: reason ?? '' })}/>\n`,
  }[status];
  return body === ''
    ? `    <testcase${head}/>\n`
    : `    <testcase${head}>\n${body}    </testcase>\n`;
}

function timeOf(outcomes: readonly Outcome[]): string {
  return outcomes.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** Messages quote files, and files may hold letters that XML has no place for. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
