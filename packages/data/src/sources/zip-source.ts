import { LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type ArchiveFile, archiveSource, MAX_ARCHIVED_BYTES } from './archive-source.ts';
import type { PictureSource } from './picture-source.ts';

/** @throws LatentkitError `invalid-data` for a file that is no whole zip */
export async function openZip(path: string): Promise<PictureSource> {
  const listed = new Map<string, Entry>();
  const files: ArchiveFile[] = [];
  await withZip(path, async (zip) => {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const { fileName, uncompressedSize, crc32 } = entry;
      files.push({ path: fileName, bytes: uncompressedSize, stamp: crc32.toString(16) });
      listed.set(fileName, entry);
    }
  });
  const entryOf = (id: string) => listed.get(id) as Entry;
  const readTable = (file: ArchiveFile) =>
    withZip(path, async (zip) => (await contents(zip, entryOf(file.path))).toString('utf8'));
  return archiveSource(
    path,
    files,
    readTable,
    (entries) =>
      async function* open(from, signal, wanted = () => true) {
        const zip = await openedZip(path);
        try {
          for (let index = from; index < entries.length; index++) {
            throwIfAborted(signal, 'Reading pictures');
            if (!wanted(index)) continue;
            const { id } = entries[index] as { id: string };
            try {
              yield { index, input: await contents(zip, entryOf(id)) };
            } catch (cause) {
              yield { index, id, reason: `it cannot be unpacked (${(cause as Error).message})` };
            }
          }
        } finally {
          zip.close();
        }
      },
  );
}

/** The contents of some files of a zip, all at once. */
export async function readZip(
  path: string,
  wanted: (file: string) => boolean,
): Promise<{ readonly path: string; readonly bytes: Buffer }[]> {
  return withZip(path, async (zip) => {
    const files: { path: string; bytes: Buffer }[] = [];
    for await (const entry of zip.eachEntry()) {
      if (!wanted(entry.fileName)) continue;
      files.push({
        path: entry.fileName,
        bytes: await contents(zip, entry, Number.POSITIVE_INFINITY),
      });
    }
    return files;
  });
}

async function withZip<T>(path: string, use: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await openedZip(path);
  try {
    return await use(zip);
  } catch (cause) {
    throw LatentkitError.isInstance(cause) ? cause : damaged(path, cause);
  } finally {
    zip.close();
  }
}

async function openedZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, lazyEntries: true });
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${path} is no whole zip archive: ${(cause as Error).message}. Copy or pack it again.`,
    { cause },
  );
}

async function contents(zip: ZipFile, entry: Entry, limit = MAX_ARCHIVED_BYTES): Promise<Buffer> {
  if (entry.uncompressedSize > limit) throw new Error('it is too large');
  // yauzl checks that no more comes out than the listing says.
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
