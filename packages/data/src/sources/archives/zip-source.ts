import { LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { withoutStop } from '@latentkit/system';
import type { Entry } from 'yauzl';
import { idOf, type PictureSource } from '../picture-source.ts';
import { type ArchiveFile, archiveSource, MAX_ARCHIVED_BYTES } from './archive-source.ts';
import { OpenZip } from './zip-file.ts';

/** @throws LatentkitError `invalid-data` for a file that is no whole zip */
export async function openZip(path: string): Promise<PictureSource> {
  const listed = new Map<string, Entry>();
  const files: ArchiveFile[] = [];
  await withZip(path, async (zip) => {
    for await (const entry of zip.entries()) {
      if (entry.fileName.endsWith('/')) continue;
      const { uncompressedSize, crc32 } = entry;
      const name = idOf(entry.fileName);
      files.push({ path: name, bytes: uncompressedSize, stamp: crc32.toString(16) });
      listed.set(name, entry);
    }
  });
  const entryOf = (id: string) => listed.get(id) as Entry;
  const readTable = (file: ArchiveFile) =>
    withZip(path, (zip) => zip.contents(entryOf(file.path), MAX_ARCHIVED_BYTES));
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
              yield { index, input: await zip.contents(entryOf(id), MAX_ARCHIVED_BYTES) };
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
    for await (const entry of zip.entries()) {
      if (!wanted(entry.fileName)) continue;
      files.push({
        path: entry.fileName,
        bytes: await zip.contents(entry, Number.POSITIVE_INFINITY),
      });
    }
    return files;
  });
}

async function withZip<T>(path: string, use: (zip: OpenZip) => Promise<T>): Promise<T> {
  const zip = await openedZip(path);
  try {
    return await use(zip);
  } catch (cause) {
    throw LatentkitError.isInstance(cause) ? cause : damaged(path, cause);
  } finally {
    zip.close();
  }
}

async function openedZip(path: string): Promise<OpenZip> {
  try {
    return await OpenZip.open(path);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${path} is no whole zip archive: ${withoutStop((cause as Error).message)}. Copy or pack it again.`,
    { cause },
  );
}
