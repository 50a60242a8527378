import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '@latentkit/system/for-tests';
import type { Entry } from 'yauzl';
import { zip } from '../../testing.ts';
import { OpenZip } from './zip-file.ts';

afterAll(removeTemporaryFolders);

const MOST = 2 ** 29;
/** Bytes that deflate well in one half and not at all in the other. */
const made = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (i % 2 ? seed : (i * i * 31 + seed) >>> 3));

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(), 'some.zip');
  await writeFile(path, bytes);
  return path;
}

async function withZip<T>(
  bytes: Uint8Array,
  use: (zip: OpenZip, entries: Entry[]) => Promise<T>,
): Promise<T> {
  const open = await OpenZip.open(await written(bytes));
  try {
    const entries: Entry[] = [];
    for await (const entry of open.entries()) entries.push(entry);
    return await use(open, entries);
  } finally {
    open.close();
  }
}

/** The place of a field of the listing, by how far it is from the entry's beginning. */
const listed = (bytes: Buffer, offset: number) =>
  bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + offset;

describe.each([false, true])('files that are deflated: %s', (deflated) => {
  // Around the sizes at which they are read otherwise: of a window, and of what is unpacked on this thread.
  const sizes = [
    0,
    1,
    300,
    2 ** 16 - 1,
    2 ** 16,
    2 ** 16 + 1,
    2 ** 18,
    2 ** 18 + 1,
    3 * 2 ** 18,
    7,
  ];
  const files = [...sizes, ...Array.from({ length: 2000 }, (_, i) => 100 + (i % 90))].map(
    (length, i) => [`folder/${i}.bin`, made(length, i)] as const,
  );
  const packed = zip(files, { deflated });

  test('come out as they went in, in order', async () => {
    await withZip(packed, async (open, entries) => {
      expect(entries.map(({ fileName }) => fileName)).toEqual(files.map(([name]) => name));
      for (const [i, entry] of entries.entries()) {
        const bytes = await open.contents(entry, MOST);
        expect(Buffer.compare(bytes, files[i]?.[1] as Uint8Array)).toBe(0);
      }
    });
  });

  test('come out in any order, several at once, and stay what they are', async () => {
    await withZip(packed, async (open, entries) => {
      const order = entries.map((_, i) => (i * 977) % entries.length);
      const contents = await Promise.all(
        order.map((i) => open.contents(entries[i] as Entry, MOST)),
      );
      for (const [at, i] of order.entries()) {
        const bytes = contents[at] as Buffer;
        expect(Buffer.compare(bytes, files[i]?.[1] as Uint8Array)).toBe(0);
      }
    });
  });

  test('are refused where a byte of them is another', async () => {
    const bytes = Buffer.from(zip([['a.bin', made(5000, 3)]], { deflated }));
    const at = 'PK\x03\x04'.length + 26 + 'a.bin'.length + 200;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await withZip(bytes, async (open, [entry]) => {
      await expect(open.contents(entry as Entry, MOST)).rejects.toThrow();
    });
  });
});

test.each([false, true])('a file of 70 MB leaves the zip open, deflated: %s', async (deflated) => {
  const large = new Uint8Array(70e6);
  for (let i = 0; i < large.length; i += 7) large[i] = i;
  const packed = zip(
    [
      ['large', large],
      ['after', made(50, 3)],
    ],
    { deflated },
  );
  await withZip(packed, async (open, entries) => {
    for (const contents of [large, made(50, 3)]) {
      const bytes = await open.contents(entries.shift() as Entry, MOST);
      expect(Buffer.compare(bytes, contents)).toBe(0);
    }
  });
  const path = await written(packed);
  const open = await OpenZip.open(path);
  // Unpacked between two entries of the listing, as arrays are.
  const lengths: number[] = [];
  for await (const entry of open.entries()) lengths.push((await open.contents(entry, MOST)).length);
  open.close();
  expect(lengths).toEqual([70e6, 50]);
});

test('a file is refused whose checksum is another than the one that is listed', async () => {
  const bytes = zip([['a.bin', made(50, 3)]]);
  const at = listed(bytes, 16);
  bytes.writeUInt32LE(bytes.readUInt32LE(at) ^ 1, at);
  await withZip(bytes, async (open, [entry]) => {
    await expect(open.contents(entry as Entry, MOST)).rejects.toThrow('checksum');
  });
});

test('no more comes out of a file than is listed', async () => {
  const bytes = zip([['a.bin', new Uint8Array(1e6)]], { deflated: true });
  bytes.writeUInt32LE(1000, listed(bytes, 24));
  await withZip(bytes, async (open, [entry]) => {
    await expect(open.contents(entry as Entry, MOST)).rejects.toThrow();
  });
});

test('a file that is larger than asked for is not unpacked', async () => {
  await withZip(zip([['a.bin', made(100, 1)]]), async (open, [entry]) => {
    await expect(open.contents(entry as Entry, 99)).rejects.toThrow('too large');
    expect(await open.contents(entry as Entry, 100)).toHaveLength(100);
  });
});

test.each([
  ['encrypted', 8, 1, 'encrypted'],
  ['of an unknown compression', 10, 14, 'compression method'],
])('a file that is %s is refused by its name', async (_, offset, value, words) => {
  const bytes = zip([['a.bin', made(100, 1)]], { deflated: true });
  bytes.writeUInt16LE(value, listed(bytes, offset));
  await withZip(bytes, async (open, [entry]) => {
    await expect(open.contents(entry as Entry, MOST)).rejects.toThrow(words);
  });
});

test('a file is refused that the zip ends before', async () => {
  const bytes = zip([['a.bin', made(5000, 1)]]);
  bytes.writeUInt32LE(50_000, listed(bytes, 20));
  bytes.writeUInt32LE(50_000, listed(bytes, 24));
  await withZip(bytes, async (open, [entry]) => {
    await expect(open.contents(entry as Entry, MOST)).rejects.toThrow();
  });
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['bytes of another kind', made(1000, 1)],
  ['a zip that is cut', zip([['a.bin', made(1000, 1)]]).subarray(0, 600)],
])('%s is no zip, and is closed again', async (_, bytes) => {
  await expect(OpenZip.open(await written(bytes))).rejects.toThrow();
});
