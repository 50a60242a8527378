/**
 * `npm run mutate [-- SCOPE…]`: changes the code in small ways (a sign, a bound, a condition), one at a
 * time, and counts the changes that no test notices. Scopes are the names in scopes.mjs; without one,
 * all of core. What survived is told by file and line, and the scores go into the table of docs/mutation.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { CORE, SCOPES } from './scopes.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/mutation.md');
/** What mutants can be found by: their result, and time. */
const FOUND = ['Killed', 'Timeout'];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(SCOPES, name));
if (unknown.length > 0) {
  throw new Error(`no scope ${unknown.join(', ')}: known are ${Object.keys(SCOPES).join(', ')}`);
}
process.chdir(ROOT);
for (const name of names.length > 0 ? names : CORE) await mutate(name);

async function mutate(name) {
  const { files, tests } = SCOPES[name];
  // For vitest.config.mjs, which Stryker's processes read.
  process.env.LATENTKIT_MUTATE_TESTS = tests.join(',');
  const reports = `out/mutation/${name}`;
  const stryker = new Stryker({
    mutate: [...files, '!**/*.test.ts', '!**/testing.ts', '!**/testing/**'],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutate/vitest.config.mjs', related: false },
    coverageAnalysis: 'perTest',
    // What runs while a module is loaded (tables, schemas) would need all tests of the scope for each change.
    ignoreStatic: true,
    concurrency: 1,
    timeoutMS: 10_000,
    // What no unit test reads: copying it into the sandbox would take longer than the tests.
    ignorePatterns: ['.*', '/models', '/docs', '/examples', '/bench', '/test', '/out', 'dist'],
    reporters: ['json', 'html', 'clear-text', 'progress-append-only'],
    jsonReporter: { fileName: `${reports}/report.json` },
    htmlReporter: { fileName: `${reports}/report.html` },
    clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
    incremental: true,
    incrementalFile: `${reports}/incremental.json`,
    tempDirName: '.mutation',
    allowEmpty: false,
    logLevel: 'warn',
  });
  await stryker.runMutationTest();
  const report = JSON.parse(await readFile(`${reports}/report.json`, 'utf8'));
  const counts = Object.values(report.files).map(countFile);
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  await writeRow(name, sum('mutants'), sum('found'));
}

/** Puts the score of a scope into its row of the page, which has one for each. */
async function writeRow(name, mutants, found) {
  const page = await readFile(PAGE, 'utf8');
  const row = new RegExp(`^\\| ${name} \\|.*$`, 'm');
  if (!row.test(page)) throw new Error(`${PAGE} has no row '${name}'.`);
  const score = `${((100 * found) / mutants).toFixed(1)} %`;
  await writeFile(PAGE, page.replace(row, `| ${name} | ${mutants} | ${found} | ${score} |`));
}

function countFile({ mutants }) {
  const valid = mutants.filter(({ status }) => !['Ignored', 'CompileError'].includes(status));
  const found = valid.filter(({ status }) => FOUND.includes(status)).length;
  return { mutants: valid.length, found };
}
