import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { readFileUpTo, readWholeFile } from './read-file.ts';

afterAll(removeTemporaryFolders);
afterEach(() => {
  jest.restoreAllMocks();
});

function written(bytes: number): { path: string; contents: Buffer } {
  const path = join(temporaryFolder(), 'some');
  const contents = Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => i * 7));
  writeFileSync(path, contents);
  return { path, contents };
}

/** Lets each reading seem to take so long; says how often the time was asked for. */
function taking(milliseconds: number): () => number {
  let asked = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => milliseconds * asked++);
  return () => asked;
}

test.each([0, 1, 65_536, 65_537, 1e6])('a file of %d bytes is read whole', async (bytes) => {
  const { path, contents } = written(bytes);
  expect(Buffer.compare(await readWholeFile(path, bytes), contents)).toBe(0);
  expect(Buffer.compare(await readWholeFile(path), contents)).toBe(0);
});

test('a file that has grown since it was listed is read whole', async () => {
  const { path, contents } = written(1e5);
  expect(Buffer.compare(await readWholeFile(path, 10), contents)).toBe(0);
});

test('small files are read at once, and apart for a while after a slow one', async () => {
  taking(0.1);
  const { path, contents } = written(100);
  // The tests before may have met a slow disk.
  for (let i = 0; i < 256; i++) await readWholeFile(path, 100);
  const atOnce = readWholeFile(path, 100);
  unlinkSync(path);
  expect(await atOnce).toEqual(contents);

  taking(5);
  const other = written(100);
  await readWholeFile(other.path, 100);
  const asked = taking(0.1);
  for (let i = 0; i < 256; i++)
    expect(await readWholeFile(other.path, 100)).toEqual(other.contents);
  // What is read apart is not timed.
  expect(asked()).toBe(0);
  await readWholeFile(other.path, 100);
  expect(asked()).toBe(2);
});

test.each([10, undefined])(
  'a file that is not there is a rejection, its size %s',
  async (bytes) => {
    const path = join(temporaryFolder(), 'none');
    await expect(readWholeFile(path, bytes)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test.each([0, 100, 70_000])(
  'a file of %d bytes is read up to as many, and not beyond',
  async (bytes) => {
    const { path, contents } = written(bytes);
    expect(await readFileUpTo(path, bytes)).toEqual(contents);
    expect(await readFileUpTo(path, bytes - 1)).toBeUndefined();
  },
);

test('after a slow answer a disk is asked for sizes apart as well', async () => {
  const { path, contents } = written(100);
  taking(5);
  await readFileUpTo(path, 100);
  const asked = taking(5);
  expect(await readFileUpTo(path, 100)).toEqual(contents);
  expect(asked()).toBe(0);
});

test('the size of a file that is not there is a rejection', async () => {
  const path = join(temporaryFolder(), 'none');
  await expect(readFileUpTo(path, 100)).rejects.toMatchObject({ code: 'ENOENT' });
});
