'use strict';

const { writeFileSync } = require('node:fs');
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

/** Prints what passed at the second try alone, and the totals, skipped cases included, on the last line. */
module.exports = class {
  getLastError() {}
  onRunComplete(_contexts, results) {
    if (process.env.LATENTKIT_RECORD_SECONDS === '1') recordSeconds(results);
    const secondTries = unsteady(results);
    const skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const lines = [
      ...secondTries.map((name) => `passed at the second try: ${name}`),
      `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`,
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
};
