import { expect, test } from '@jest/globals';
import { targetOf } from './target.ts';

test('a file is taken as it is', async () => {
  expect(await targetOf({ out: 'v.parquet' })).toEqual({ out: 'v.parquet' });
});

test('of a target among the sources it is said why it is none', async () => {
  await expect(targetOf({}, ['photos'])).rejects.toThrow(/; neither was given\.$/);
  await expect(targetOf({}, ['-dash', '--out', 'v.parquet'])).rejects.toThrow(
    '; neither was given (what stands after -- is a source, --out too: give it before).',
  );
});
