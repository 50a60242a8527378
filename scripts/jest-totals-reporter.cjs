'use strict';

const { existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { relative } = require('node:path');

/** What jest-sequencer.cjs goes by; shorter files fill what gaps the long ones leave. */
const LONG = { file: `${__dirname}/jest-seconds.json`, seconds: 5 };

/** With `LATENTKIT_RECORD_SECONDS=1` a run of all tests writes how long its long files took. */
function recordSeconds({ testResults }) {
  const long = testResults
    .map(({ testFilePath, perfStats }) => [testFilePath, Math.round(perfStats.runtime / 1000)])
    .filter(([, seconds]) => seconds >= LONG.seconds)
    .sort(([, a], [, b]) => b - a)
    .map(([path, seconds]) => [relative(`${__dirname}/..`, path), seconds]);
  writeFileSync(LONG.file, `${JSON.stringify(Object.fromEntries(long), null, 2)}\n`);
}

/** Cases that passed, but not at the first try (test/setup/second-try.ts). */
const unsteady = ({ testResults }) =>
  testResults.flatMap((file) =>
    file.testResults
      .filter(({ status, invocations }) => status === 'passed' && invocations > 1)
      .map(({ fullName }) => `${file.testFilePath}: ${fullName}`),
  );

/** Takes what test/setup/tier.ts wrote: a line a file, of what was run in part. */
function takeParts(file = process.env.LATENTKIT_PARTS) {
  if (!file || !existsSync(file)) return [];
  const byFile = new Map();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { path, what, taken, of } = JSON.parse(line);
    const name = relative(`${__dirname}/..`, path);
    byFile.set(name, (byFile.get(name) ?? new Set()).add(`${taken} of ${of} ${what}`));
  }
  rmSync(file);
  return [
    'in part; wholly by npm run test:all (LATENTKIT_TESTS=all):',
    ...[...byFile].sort().map(([name, parts]) => `  ${name}: ${[...parts].join(', ')}`),
  ];
}

/** Prints what passed at the second try alone, what was run in part, and, last, the totals, skipped cases included. */
module.exports = class {
  getLastError() {}
  onRunStart() {
    rmSync(process.env.LATENTKIT_PARTS, { force: true });
  }
  onRunComplete(_contexts, results) {
    if (process.env.LATENTKIT_RECORD_SECONDS === '1') recordSeconds(results);
    const secondTries = unsteady(results);
    const skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const lines = [
      ...secondTries.map((name) => `passed at the second try: ${name}`),
      ...takeParts(),
      `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`,
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
};
