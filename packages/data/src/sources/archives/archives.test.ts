import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  errorOf,
  folderOf,
  picture,
  pictures,
  removeTemporaryFolders,
  zip,
} from '../../testing.ts';
import { openPictures } from '../open-source.ts';

afterAll(removeTemporaryFolders);

const BLOCK = 512;

describe('a tar', () => {
  /** A tar of three pictures without what stands at its end, and the folder where it lies. */
  async function tarred() {
    const folder = await folderOf(pictures(3, (i) => `${i}.png`));
    expect(spawnSync('tar', ['-cf', 'all.tar', '.'], { cwd: folder }).status).toBe(0);
    const whole = await readFile(join(folder, 'all.tar'));
    let end = whole.length;
    while (whole.subarray(end - BLOCK, end).every((byte) => byte === 0)) end -= BLOCK;
    return { folder, files: whole.subarray(0, end) };
  }

  test('that is cut off between two files is said to be, plain and gzipped', async () => {
    const { folder, files } = await tarred();
    for (const [name, bytes] of [
      ['cut.tar', files],
      ['cut.tar.gz', gzipSync(files)],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      const error = await errorOf(() => openPictures(join(folder, name)));
      expect([error.code, error.message]).toEqual([
        'invalid-data',
        expect.stringMatching(/no whole tar archive: it is cut off, .*\. Copy or pack it again\.$/),
      ]);
    }
  });

  test.each([1, 2, 20])('that ends in %d empty blocks is whole', async (blocks) => {
    const { folder, files } = await tarred();
    const path = join(folder, 'whole.tar');
    await writeFile(path, Buffer.concat([files, Buffer.alloc(blocks * BLOCK)]));
    expect((await openPictures(path)).entries).toHaveLength(3);
  });

  test('that goes on after an empty block, and is cut off then, is not', async () => {
    const { folder, files } = await tarred();
    const path = join(folder, 'joined.tar');
    await writeFile(path, Buffer.concat([files, Buffer.alloc(BLOCK), files]));
    expect((await errorOf(() => openPictures(path))).message).toMatch(/it is cut off/);
  });

  test('of nothing holds no pictures', async () => {
    const folder = await folderOf({ 'empty.tar': Buffer.alloc(10_240) });
    const error = await errorOf(() => openPictures(join(folder, 'empty.tar')));
    expect(error.message).toMatch(/^There are no pictures in .*empty\.tar/);
  });
});

describe('a zip', () => {
  const zipped = async (bytes: Uint8Array) => join(await folderOf({ 'a.zip': bytes }), 'a.zip');

  test("whose names begin with './' holds what they name", async () => {
    const names = ['./cat/1.png', './dog/2.png', './dog/3.png'];
    const path = await zipped(
      zip(await Promise.all(names.map(async (name, i) => [name, await picture(i)] as const))),
    );
    const source = await openPictures(path);
    expect(source.entries.map(({ id, label }) => [id, label])).toEqual([
      ['cat/1.png', 'cat'],
      ['dog/2.png', 'dog'],
      ['dog/3.png', 'dog'],
    ]);
    for await (const opened of source.open(0)) expect(opened).toHaveProperty('input');
  });

  test('that is damaged is said to be, in one sentence', async () => {
    const error = await errorOf(async () => openPictures(await zipped(Buffer.alloc(200, 7))));
    expect(error.message).toMatch(/no whole zip archive: [^.].*[^.]\. Copy or pack it again\.$/);
  });

  test('of stored files that are marked as encrypted names each of them', async () => {
    const bytes = zip([
      ['a/1.png', await picture(1)],
      ['a/2.png', await picture(2)],
    ]);
    for (const [signature, flags] of [
      ['PK\x03\x04', 6],
      ['PK\x01\x02', 8],
    ] as const) {
      for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 4)) {
        bytes[at + flags] = 1;
      }
    }
    const source = await openPictures(await zipped(bytes));
    for await (const opened of source.open(0)) {
      expect(opened).toMatchObject({ reason: expect.stringMatching(/it is encrypted/) });
    }
  });
});
