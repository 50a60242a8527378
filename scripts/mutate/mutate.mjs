/**
 * `npm run mutate [-- SCOPE…]`: changes the code in small ways (a sign, a bound, a condition), one at a
 * time, and counts the changes that no test notices. Scopes are the names in scopes.mjs; without one,
 * all of core. What survived is told by file and line, and the scores go into scores.json beside this file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import jestConfig from '../../jest.config.mjs';
import { CORE, SCOPES } from './scopes.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const SCORES = join(import.meta.dirname, 'scores.json');
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
  const { project, files, tests } = SCOPES[name];
  const reports = `out/mutation/${name}`;
  const stryker = new Stryker({
    mutate: [...files, '!**/*.test.ts', '!**/testing.ts', '!**/testing/**'],
    testRunner: 'jest',
    jest: { projectType: 'custom', config: jestOf(project, tests), enableFindRelatedTests: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 30_000,
    // What no unit test reads: copying it into the sandbox would take longer than the tests.
    ignorePatterns: ['.*', '/models', '/docs', '/examples', '/bench', '/test', '/out', 'dist'],
    reporters: ['json', 'html', 'clear-text'],
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
  const scores = JSON.parse(await readFile(SCORES, 'utf8').catch(() => '{}'));
  scores[name] = Object.fromEntries(Object.entries(report.files).map(countFile));
  await writeFile(SCORES, `${JSON.stringify(scores, null, 2)}\n`);
}

/** The jest project alone, and of its tests those of the scope. */
function jestOf(name, tests) {
  const project = jestConfig.projects.find(({ displayName }) => displayName === name);
  return {
    ...project,
    testMatch: tests.map((pattern) => `**/${pattern}`),
    // Stryker merges this into jest.config.mjs, whose other projects have no say here.
    projects: undefined,
    rootDir: undefined,
    displayName: undefined,
  };
}

function countFile([path, { mutants }]) {
  const valid = mutants.filter(({ status }) => !['Ignored', 'CompileError'].includes(status));
  const found = valid.filter(({ status }) => FOUND.includes(status)).length;
  return [path, { mutants: valid.length, found }];
}
