import { pathToFileURL } from 'node:url';
import type { Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { CHECKS } from '../checks/table.ts';
import type { Report } from '../report.ts';
import { fileOf } from './file-of.ts';

/**
 * SARIF 2.1.0 (OASIS), for code scanning: a rule a check, a result a finding. A check that was skipped is a notification of
 * the run: code scanning would take a result for an alert.
 */
export function sarifReport(report: Report): string {
  const results = report.models.flatMap(({ model, outcomes }) =>
    outcomes.flatMap(({ check, status, findings }) =>
      findings.map(({ level, message, file }): Result => {
        const path = fileOf(model, file);
        return {
          ruleId: check,
          ruleIndex: indexOf(check),
          level: status === 'failed' ? 'error' : level,
          message: { text: message },
          locations: [locationOf(path)],
          // The same finding in another run is the same alert: numbers in the message may differ.
          partialFingerprints: { 'latentkit/v1': `${check}:${path}` },
        };
      }),
    ),
  );
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            rules: CHECKS.map(ruleOf),
          },
        },
        results,
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: skipsIn(report) }],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function skipsIn({ models }: Report): Notification[] {
  return models.flatMap(({ model, outcomes }) =>
    outcomes
      .filter(({ status }) => status === 'skipped')
      .map(
        ({ check, reason = '' }): Notification => ({
          associatedRule: { id: check, index: indexOf(check) },
          level: 'note',
          message: { text: `${check} was skipped: ${reason}` },
          locations: [locationOf(fileOf(model))],
        }),
      ),
  );
}

const indexOf = (check: string) => CHECKS.findIndex(({ id }) => id === check);

const locationOf = (path: string) => ({
  physicalLocation: { artifactLocation: { uri: uriOf(path) } },
});

function ruleOf({ id, summary, remedy }: (typeof CHECKS)[number]): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: summary },
    help: { text: remedy },
    defaultConfiguration: { level: 'error' },
  };
}

/** Relative to the repository where it can be: code scanning finds files by that. */
function uriOf(path: string): string {
  if (/^([A-Za-z]:)?\//.test(path)) return pathToFileURL(path).href;
  return path.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/');
}
