import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(__dirname, '../..');
const seconds = JSON.parse(readFileSync(join(ROOT, 'scripts/jest-seconds.json'), 'utf8')) as Record<
  string,
  number
>;

interface Sorted {
  readonly path: string;
  duration?: number;
}
const Sequencer = createRequire(__filename)(join(ROOT, 'scripts/jest-sequencer.cjs')) as new (
  options: object,
) => { sort(tests: readonly object[]): Promise<Sorted[]> };

/** Tests as jest gives them, with a cache folder that holds durations of none of them. */
const testsOf = (paths: readonly string[]) =>
  paths.map((path, i) => ({
    path: join(ROOT, path),
    context: {
      config: { id: 'order', cacheDirectory: join(ROOT, 'none'), haste: {}, rootDir: ROOT },
      hasteFS: { getSize: () => i },
    },
  }));

describe('the order of the tests', () => {
  test('names files that are there', () => {
    expect(Object.keys(seconds).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('on a clean checkout is by seconds that were recorded, the longest first', async () => {
    const [first, second] = Object.keys(seconds) as [string, string];
    const given = testsOf([second, 'test/doors.test.ts', first]);
    const sorted = await new Sequencer({ globalConfig: {} }).sort(given);
    expect(sorted.map(({ path }) => path)).toEqual(
      [first, second, 'test/doors.test.ts'].map((path) => join(ROOT, path)),
    );
  });
});
