import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { differences } from '../../scripts/api/difference.ts';
import { doors } from '../../scripts/api/doors.ts';
import { publishedFolders, ROOT } from '../../scripts/published.ts';

const TSX = createRequire(__filename).resolve('tsx/cli');

test('api/ is what the built declarations say', async () => {
  const script = join(ROOT, 'scripts/api/write.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [TSX, script, '--check']).catch(
    ({ stdout, stderr }) => ({ stdout: `${stdout}${stderr}` }),
  );
  // On a difference: npm run api
  expect(stdout).toBe('');
}, 120_000);

test('every published package has a door with types', () => {
  const folders = new Set(doors().map(({ folder }) => folder));
  expect([...folders]).toEqual(publishedFolders());
  const names = doors().map(({ report }) => report);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['core.api.md', 'core-testing.api.md', 'latentkit.api.md']),
  );
});

describe('differences', () => {
  const kept = { 'a.api.md': 'one\ntwo\n', 'b.api.md': 'b\n' };

  test('are none between what is the same', () => {
    expect(differences(kept, { ...kept })).toEqual([]);
  });

  test('name the first line that is another, a missing report, one too many', () => {
    const made = { 'a.api.md': 'one\n  2\n', 'c.api.md': 'c\n' };
    expect(differences(kept, made)).toEqual([
      "a.api.md differs: line 2 was 'two' and is '2'",
      'b.api.md reports on a door that is not there any more',
      'c.api.md is missing',
    ]);
    expect(differences({ a: 'x' }, { a: 'x\ny' })).toEqual([
      "a differs: line 2 was the end and is 'y'",
    ]);
  });
});
