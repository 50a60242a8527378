import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { embedFault } from '../consumers/embed-script.ts';
import { resultFault } from '../consumers/page-app.ts';
import { tinyItems, tinyMeans } from '../fixtures/tiny-model.ts';
import { CASES } from './cases.ts';
import { vectorFault } from './framework-cases.ts';
import { compatibilityPage, type Result, withResults } from './report.ts';
import { TOOLS } from './tools.ts';

const ROOT = resolve(__dirname, '../..');
const PACKAGES = join(ROOT, 'packages');
const MEANS = [...tinyMeans(tinyItems(2))];
const OK: Result = { outcome: 'ok', seconds: 1 };

describe('docs/compatibility.md', () => {
  const page = readFileSync(resolve(__dirname, '../../docs/compatibility.md'), 'utf8');

  test('has a line for every case, with its tools, and none besides', () => {
    const rows = (text: string) =>
      [...text.matchAll(/^\| (?!\||-)(.*) \|.*\|$/gm)].map(([, cells]) => cells);
    // On a difference: npm run test:matrix -- --record
    expect(rows(page)).toEqual(rows(compatibilityPage(CASES.map((one) => [one, OK]))));
  });

  test('says before the tables what it would say written anew', () => {
    const head = (text: string) =>
      text
        .slice(0, text.indexOf('\n## '))
        .split('\n')
        .filter((line) => !line.startsWith('This page was written by it'));
    expect(head(page)).toEqual(head(compatibilityPage([[CASES[0]!, OK]])));
  });

  test('says whose types are those of TensorFlow.js, which has errors in its own', () => {
    const folders = ['training', ...readdirSync(PACKAGES).map((name) => `packages/${name}`)];
    const named = folders
      .map((folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')))
      .filter(({ dependencies = {}, peerDependencies = {} }) =>
        Object.keys({ ...dependencies, ...peerDependencies }).some((each) =>
          each.startsWith('@tensorflow/'),
        ),
      )
      .map(({ name }) => `\`${name}\``);
    expect(named).toHaveLength(2);
    const [sentence] = /^TypeScript without `skipLibCheck`[^:]*: .*$/m.exec(page) ?? [''];
    for (const name of named) expect(sentence).toContain(name);
  });

  test('tells of no failure', () => {
    expect(page).not.toContain('**failed**');
  });

  test('keeps what is not tried anew', () => {
    const [first, second] = [CASES[0]!, CASES[1]!];
    const failed: Result = { outcome: 'failed', reason: 'a reason', seconds: 1 };
    const before = compatibilityPage([
      [first, failed],
      [second, failed],
    ]);
    const after = withResults(before, [[first, OK]]);
    expect(after).toBe(
      compatibilityPage([
        [first, OK],
        [second, failed],
      ]),
    );
  });

  test('says what of a machine a case was tried with', () => {
    const page = compatibilityPage([[CASES[0]!, { ...OK, here: 'Firefox 1.2' }]]);
    expect(page).toContain('| ok, with Firefox 1.2 |');
  });

  test('says why a case could not be tried', () => {
    const result: Result = { outcome: 'not here', reason: 'no route to it', seconds: 1 };
    expect(compatibilityPage([[CASES[0]!, result]])).toContain('| not tried: no route to it |');
  });
});

test('names of cases are different, and versions exact', () => {
  const names = CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const version of Object.values(TOOLS)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

describe('a program', () => {
  const line = JSON.stringify({ z: MEANS, device: 'cpu', code: 'invalid-input' });
  const right = { code: 0, stdout: `${line}\n${line}\n`, stderr: '' };

  test('that does what it should has no fault', () => {
    expect(embedFault(right)).toBeUndefined();
  });

  test.each([
    ['ends with a code', { code: 1 }, 'did not end cleanly'],
    ['is ended by a signal', { code: null }, 'did not end cleanly'],
    ['writes to stderr', { stderr: 'a warning' }, 'written to stderr'],
    ['embeds once', { stdout: line }, 'embedded twice'],
    ['gives other vectors', { stdout: right.stdout.replaceAll('[', '[1,') }, 'vectors are wrong'],
    ['runs elsewhere', { stdout: right.stdout.replaceAll('cpu', 'webgpu') }, 'ran on webgpu'],
    [
      'takes a wrong item',
      { stdout: right.stdout.replaceAll('"invalid-input"', 'false') },
      'refused',
    ],
    ['prints no JSON', { stdout: 'a\nb' }, 'no JSON'],
  ])('that %s has one', (_, change, fault) => {
    expect(embedFault({ ...right, ...change })).toContain(fault);
  });
});

describe('a page', () => {
  const results = [1, 2, 1].map((threads) => [
    `opened with ${threads} thread${threads > 1 ? 's' : ''}`,
    '50×2×2×1',
    ...MEANS,
  ]);

  test('that does what it should has no fault', () => {
    expect(resultFault(results)).toBeUndefined();
  });

  test.each([
    ['without threads', [results[0]!, results[0]!, results[2]!]],
    ['without a worker', [results[2]!]],
    ['with an error', [results[0]!, ['DeviceError'], results[2]!]],
    ['with other vectors', results.map((row) => row.with(2, 9))],
  ])('%s has one', (_, wrong) => {
    expect(resultFault(wrong)).toContain('in a worker, with threads and inline came');
  });
});

test('a route must answer with the vectors, inline and from a worker', () => {
  expect(vectorFault(JSON.stringify([MEANS, MEANS]))).toBeUndefined();
  for (const answer of [
    JSON.stringify([MEANS]),
    JSON.stringify([MEANS, [0]]),
    '<html>',
    '[1, 2]',
  ]) {
    expect(vectorFault(answer)).toContain('The route answered');
  }
});
