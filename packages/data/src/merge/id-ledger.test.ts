import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { hashOf, IdLedger } from './id-ledger.ts';

afterAll(removeTemporaryFolders);

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `picture ${from + i}`);

test.each([
  ['in memory', 10_000],
  ['in files', 700],
])('finds what comes twice, %s, as a set does', async (_, limit) => {
  const folder = join(temporaryFolder(), 'ledger');
  const ledger = new IdLedger(folder, limit);
  await ledger.add(ids(0, 3000), 0);
  await ledger.add([...ids(3000, 4000), 'picture 17', 'picture 2999'], 1);
  expect(existsSync(folder)).toBe(limit < 4002);
  const found = await ledger.doubled(10);
  expect(found.map(({ holders }) => holders)).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(found.map(({ hash }) => hash).sort()).toEqual(
    [hashOf('picture 17'), hashOf('picture 2999')].sort(),
  );
  expect(await ledger.doubled(1)).toHaveLength(1);
  await ledger.remove();
  expect(existsSync(folder)).toBe(false);
});

test('finds nothing where all differ', async () => {
  const folder = join(temporaryFolder(), 'ledger');
  const ledger = new IdLedger(folder, 512);
  await ledger.add(ids(0, 2048), 0);
  expect(await ledger.doubled(10)).toEqual([]);
  expect(await readdir(folder)).toHaveLength(256);
});

test('says where it cannot write', async () => {
  const ledger = new IdLedger('/proc/nowhere', 2);
  expect((await errorOf(() => ledger.add(['a', 'b'], 0))).code).toBe('unwritable');
});
