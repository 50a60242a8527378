import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { damagesOf } from '@latentkit/system/damages-for-tests';
import { someOf } from '../../../../test/setup/tier.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { Journal, journalPaths, readSummary } from './journal.ts';

afterAll(removeTemporaryFolders);

const ITEM = 3;
const bad = (index: number) => ({ index, id: `${index}.png`, reason: 'it is no picture' });
/** Three chunks of 2, 2 and 1 pictures, of which the second has a bad one. */
const CHUNKS = [
  { count: 2, rows: [1, 1, 1, 2, 2, 2], bad: [] },
  { count: 2, rows: [3, 3, 3], bad: [bad(3)] },
  { count: 1, rows: [5, 5, 5], bad: [] },
] as const;
const ALL = CHUNKS.flatMap(({ rows }) => [...rows]);

async function write(journal: Journal, from = 0): Promise<void> {
  let before = 0;
  for (const { count, rows, bad: faults } of CHUNKS) {
    if (before >= from) await journal.append(count, Uint8Array.from(rows), faults);
    before += count;
  }
}

test('goes on from the last chunk that counted, wherever journal and items were cut', async () => {
  const folder = temporaryFolder();
  const paths = journalPaths(folder, 'key');
  const first = await Journal.open(folder, paths, ITEM);
  await write(first);
  await first.close();
  const lines = readFileSync(paths.partLines);
  const items = readFileSync(paths.partItems);
  const seen = new Set<number>();
  const cuts: { line: number; byte: number }[] = [];
  for (let line = 0; line <= lines.length; line += 3) {
    for (let byte = 0; byte <= items.length; byte += 2) cuts.push({ line, byte });
  }
  for (const { line, byte } of someOf('cuts', cuts, 150)) {
    writeFileSync(paths.partLines, lines.subarray(0, line));
    writeFileSync(paths.partItems, items.subarray(0, byte));
    const journal = await Journal.open(folder, paths, ITEM);
    seen.add(journal.done);
    await write(journal, journal.done);
    expect([journal.done, journal.bad]).toEqual([5, [bad(3)]]);
    await journal.close();
    expect([...readFileSync(paths.partItems)]).toEqual(ALL);
  }
  expect([...seen].sort()).toEqual([0, 2, 4]);
});

test('finish puts items and summary under their names, and nothing else stays', async () => {
  const folder = temporaryFolder();
  const paths = journalPaths(folder, 'key');
  const journal = await Journal.open(folder, paths, ITEM);
  await write(journal);
  expect(await readSummary(paths)).toBeUndefined();
  const summary = await journal.finish();
  await journal.close();
  expect(readdirSync(folder).sort()).toEqual(['key.bin', 'key.json']);
  expect([...readFileSync(paths.items)]).toEqual(ALL);
  expect(await readSummary(paths)).toEqual(summary);
  expect(summary).toMatchObject({ total: 5, itemSize: 3, bad: [bad(3)] });
});

test.each(['items', 'summary'] as const)(
  'where the %s cannot be put under their name, all chunks still count',
  async (file) => {
    const folder = temporaryFolder();
    const paths = journalPaths(folder, 'key');
    mkdirSync(join(paths[file], 'in the way'), { recursive: true });
    const first = await Journal.open(folder, paths, ITEM);
    await write(first);
    expect((await errorOf(() => first.finish())).code).toBe('unwritable');
    await first.close();
    expect(await readSummary(paths)).toBeUndefined();
    rmSync(paths[file], { recursive: true });
    const journal = await Journal.open(folder, paths, ITEM);
    expect([journal.done, journal.bad]).toEqual([5, [bad(3)]]);
    await journal.finish();
    await journal.close();
    expect([...readFileSync(paths.items)]).toEqual(ALL);
  },
);

test.each([
  ['a summary that was cut', (text: string) => text.slice(0, 20), 0],
  ['a summary of other items', (text: string) => text.replace('"total":5', '"total":6'), 0],
  ['items that were cut', (text: string) => text, 1],
])('%s is not trusted', async (_, change, cut) => {
  const folder = temporaryFolder();
  const paths = journalPaths(folder, 'key');
  const journal = await Journal.open(folder, paths, ITEM);
  await write(journal);
  await journal.finish();
  await journal.close();
  writeFileSync(paths.summary, change(readFileSync(paths.summary, 'utf8')));
  writeFileSync(paths.items, readFileSync(paths.items).subarray(cut));
  expect(await readSummary(paths)).toBeUndefined();
});

test.each(['partItems', 'partLines'] as const)(
  'a damaged %s is prepared anew from the first chunk that differs',
  async (file) => {
    const folder = temporaryFolder();
    const paths = journalPaths(folder, 'key');
    const first = await Journal.open(folder, paths, ITEM);
    await write(first);
    await first.close();
    const [lines, items] = [readFileSync(paths.partLines), readFileSync(paths.partItems)];
    for (const { name, bytes } of damagesOf(readFileSync(paths[file]), 12)) {
      writeFileSync(paths.partLines, lines);
      writeFileSync(paths.partItems, items);
      writeFileSync(paths[file], bytes);
      const journal = await Journal.open(folder, paths, ITEM);
      await write(journal, journal.done);
      await journal.close();
      const found = [journal.done, journal.bad, [...readFileSync(paths.partItems)]];
      expect({ name, found }).toEqual({ name, found: [5, [bad(3)], ALL] });
    }
  },
);

test.each(['items', 'summary'] as const)(
  'damaged %s are not trusted, whatever the damage',
  async (file) => {
    const paths = journalPaths(temporaryFolder(), 'key');
    const journal = await Journal.open(dirname(paths.items), paths, ITEM);
    await write(journal);
    const summary = await journal.finish();
    await journal.close();
    const whole = readFileSync(paths[file]);
    for (const { name, bytes } of damagesOf(whole)) {
      writeFileSync(paths[file], bytes);
      const found = await readSummary(paths);
      // Space at the end of the summary says nothing.
      expect({ name, found }).toEqual({
        name,
        found: found && file === 'summary' ? summary : undefined,
      });
    }
    writeFileSync(paths[file], whole);
    expect(await readSummary(paths)).toEqual(summary);
  },
);

test('a folder that cannot be written is a typed error', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const paths = journalPaths(join(file, 'inside'), 'key');
  const error = await errorOf(() => Journal.open(join(file, 'inside'), paths, ITEM));
  expect(error.code).toBe('unwritable');
});
