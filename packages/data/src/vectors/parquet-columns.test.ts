import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { LatentkitError } from '@latentkit/core';
import { parquetMetadata } from 'hyparquet';
import { someOf } from '../../../../test/setup/tier.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadVectors, openVectors } from './read-vectors.ts';
import { writeVectors } from './write-vectors.ts';

afterAll(removeTemporaryFolders);

const COUNT = 4;
const SIZE = 3;

async function written(): Promise<{ readonly path: string; readonly bytes: Buffer }> {
  const path = join(temporaryFolder(), 'vectors.parquet');
  const about = { space: 'f'.repeat(64), model: 'fake', size: SIZE, count: COUNT, scored: true };
  const rows = Array.from({ length: COUNT }, (_, i) => ({
    ...{ id: `${i}.png`, sha256: 'a', bytes: 5, stamp: '1', score: 2 },
  }));
  const vectors = Float32Array.from({ length: COUNT * SIZE }, (_, i) => i / 7);
  await writeVectors(path, about, [{ rows, vectors }]);
  return { path, bytes: await readFile(path) };
}

test('a byte that is damaged is told in words of the file', async () => {
  const { path, bytes } = await written();
  const messages = new Set<string>();
  const places = Array.from(bytes, (_, at) => at);
  for (const at of someOf('damaged bytes', places, 100)) {
    for (const mask of [0xff, 0x40]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ mask;
      await writeFile(path, damaged);
      try {
        await loadVectors(path);
      } catch (error) {
        expect(LatentkitError.isInstance(error) && error.code).toBe('invalid-data');
        messages.add((error as Error).message);
      }
    }
  }
  const found = [...messages].filter((text) => !text.includes('does not say what its vectors are'));
  expect(found.filter((text) => /array|DataView|BigInt|undefined|not a/i.test(text))).toEqual([]);
  expect(found.length).toBeGreaterThan(5);
});

test('a page that says to hold more than its column is refused before room is made for it', async () => {
  const { path, bytes } = await written();
  const { row_groups } = parquetMetadata(bytes);
  const start = Number(row_groups[0]?.columns[5]?.meta_data?.data_page_offset);
  // Twelve values, as a zigzag number, in the head of the page.
  bytes[bytes.indexOf(2 * COUNT * SIZE, start)] = 2 * 63;
  await writeFile(path, bytes);
  expect((await errorOf(() => loadVectors(path))).message).toContain(
    "a page of its column 'vector' is damaged",
  );
});

test('a column that would lie outside of the file, or hold more than rows do, is refused when it is opened', async () => {
  const { path, bytes } = await written();
  const tail = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const found = new Set<string>();
  for (let at = tail; at < bytes.length - 8; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = 0x7e;
    await writeFile(path, damaged);
    const message = await openVectors(path).then(
      () => '',
      (error: Error) => error.message,
    );
    for (const fault of [
      /would lie outside of it/,
      /has 63 values, not 4/,
      /has 63 values, not 12/,
    ]) {
      if (fault.test(message)) found.add(String(fault));
    }
  }
  expect(found.size).toBe(3);
});

test('a file whose start was overwritten is refused when it is opened', async () => {
  const { path, bytes } = await written();
  await writeFile(path, Buffer.concat([Buffer.alloc(4), bytes.subarray(4)]));
  expect(await errorOf(() => openVectors(path))).toMatchObject({
    code: 'invalid-data',
    message: `${path} is no whole Parquet file of vectors: it does not begin with PAR1. Embed the files again.`,
  });
});
