import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { someOf, trials } from './tier.ts';

const ROOT = resolve(__dirname, '../..');
const Reporter = createRequire(__filename)(
  join(ROOT, 'scripts/jest-totals-reporter.cjs'),
) as new () => {
  onRunStart(): void;
  onRunComplete(contexts: unknown, results: object): void;
};

const TABLE = Array.from({ length: 60 }, (_, i) => ({ i, row: i % 3, column: i % 4 }));

let before: NodeJS.ProcessEnv;
let folder: string;
beforeEach(() => {
  before = { ...process.env };
  folder = mkdtempSync(join(tmpdir(), 'latentkit-tier-'));
  process.env['LATENTKIT_PARTS'] = join(folder, 'parts');
  delete process.env['LATENTKIT_TESTS'];
});
afterEach(() => {
  for (const name of ['LATENTKIT_PARTS', 'LATENTKIT_TESTS']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  rmSync(folder, { recursive: true, force: true });
});

/** What the reporter prints at the end of a run of one passed test. */
function report(): string {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    new Reporter().onRunComplete(undefined, {
      ...{ numPassedTests: 1, numFailedTests: 0, numRuntimeErrorTestSuites: 0 },
      ...{ numPendingTests: 0, numTodoTests: 0, testResults: [] },
    });
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

describe('npm test', () => {
  test('takes as many rows as it is told, of every kind, the same each time', () => {
    const taken = someOf('rows', TABLE, 12);
    expect(taken).toHaveLength(12);
    expect(taken).toEqual(someOf('rows', TABLE, 12));
    expect(new Set(taken.map(({ row }) => row)).size).toBe(3);
    expect(new Set(taken.map(({ column }) => column)).size).toBe(4);
  });

  test('takes the rows that are named, and fails where none is', () => {
    expect(someOf('rows', TABLE, ({ i }) => i < 2)).toEqual(TABLE.slice(0, 2));
    expect(() => someOf('rows', TABLE, () => false)).toThrow(/None of 60 rows/);
  });

  test('ends by saying what it took a part of', () => {
    trials('random stacks', { quick: 60, all: 300 });
    someOf('rows', TABLE, 12);
    someOf('pairs', [1, 2], 2);
    const printed = report();
    expect(printed).toContain('in part; wholly by npm run test:all');
    expect(printed).toContain('test/setup/tier.test.ts: 60 of 300 random stacks, 12 of 60 rows\n');
    expect(printed).not.toContain('pairs');
    expect(printed.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed, 0 skipped');
    // What one run wrote is none of the next one's.
    expect(report()).toBe('1 passed, 0 failed, 0 skipped\n');
  });
});

test('npm run test:all takes all, and has nothing to say', () => {
  process.env['LATENTKIT_TESTS'] = 'all';
  expect(trials('random stacks', { quick: 60, all: 300 })).toBe(300);
  expect(someOf('rows', TABLE, 12)).toEqual(TABLE);
  expect(someOf('rows', TABLE, () => false)).toEqual(TABLE);
  expect(report()).toBe('1 passed, 0 failed, 0 skipped\n');
});

test('the whole is a script, and the configuration gives the parts a file', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts['test:all']).toBe(scripts.test.replace('turbo', 'LATENTKIT_TESTS=all turbo'));
  expect(before['LATENTKIT_PARTS']).toBeDefined();
});
