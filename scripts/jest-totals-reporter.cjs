'use strict';

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
