import { createReadStream } from 'node:fs';
import { LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { Parser, type ReadEntry } from 'tar';
import { idOf, type PictureSource } from '../picture-source.ts';
import { type ArchiveFile, archiveSource, MAX_ARCHIVED_BYTES } from './archive-source.ts';

/**
 * A tar, plain or gzipped. It has no list of what it holds, so that it is read once for that, and
 * once more when its pictures are opened.
 *
 * @throws LatentkitError `invalid-data` for a file that is no whole tar
 */
export async function openTar(path: string): Promise<PictureSource> {
  const files: ArchiveFile[] = [];
  for await (const { entry } of unpack(path, () => false)) {
    files.push({
      path: nameOf(entry),
      bytes: entry.size,
      stamp: String(entry.mtime?.getTime() ?? 0),
    });
  }
  const readTable = async (file: ArchiveFile) => {
    for await (const { bytes } of unpack(path, (entry) => nameOf(entry) === file.path)) {
      if (bytes) return bytes;
    }
    return new Uint8Array();
  };
  const source = await archiveSource(
    path,
    files,
    readTable,
    (entries) =>
      async function* open(from, signal, wanted = () => true) {
        const positions = new Map(entries.map(({ id }, index) => [id, index]));
        const isWanted = (entry: ReadEntry) => {
          const position = positions.get(nameOf(entry));
          return position !== undefined && position >= from && wanted(position);
        };
        for await (const { entry, bytes } of unpack(path, isWanted)) {
          throwIfAborted(signal, 'Reading pictures');
          if (bytes) yield { index: positions.get(nameOf(entry)) as number, input: bytes };
        }
      },
  );
  return { ...source, sequential: true };
}

function nameOf(entry: ReadEntry): string {
  return idOf(entry.path);
}

interface TarError extends Error {
  readonly tarCode?: string;
}

interface Unpacked {
  readonly entry: ReadEntry;
  /** The contents, where they were wanted. */
  readonly bytes: Buffer | undefined;
}

/** The files of a tar in order, a piece of the archive at a time. */
async function* unpack(
  path: string,
  wanted: (entry: ReadEntry) => boolean,
): AsyncGenerator<Unpacked, void, undefined> {
  const ready: Unpacked[] = [];
  let failure: unknown;
  let isEnded = false;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      isEnded = false;
      const isFile =
        entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
      if (!isFile) return void entry.resume();
      if (!wanted(entry) || entry.size > MAX_ARCHIVED_BYTES) {
        ready.push({ entry, bytes: undefined });
        return void entry.resume();
      }
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk as Buffer));
      entry.on('end', () => ready.push({ entry, bytes: Buffer.concat(chunks) }));
    },
  });
  // Two of them end an archive, and some programs write one.
  parser.on('nullBlock', () => {
    isEnded = true;
  });
  parser.on('error', (cause) => {
    // That of an archive that is whole, and holds nothing.
    if (!(isEnded && (cause as TarError).tarCode === 'TAR_BAD_ARCHIVE')) failure ??= cause;
  });
  const ended = new Promise<void>((resolve) => {
    parser.on('end', resolve);
    parser.on('error', () => resolve());
  });
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      // Unpacking is done when `write` returns, but for what gzip still holds.
      const flows = parser.write(chunk as Buffer);
      if (failure) break;
      if (!flows)
        await Promise.race([new Promise<void>((resolve) => parser.once('drain', resolve)), ended]);
      yield* ready.splice(0);
    }
    parser.end();
    if (!failure) await ended;
    if (!isEnded) failure ??= new Error('it is cut off, without the empty block at its end');
  } catch (cause) {
    failure ??= cause;
  }
  if (failure) {
    throw new LatentkitError(
      'invalid-data',
      `${path} is no whole tar archive: ${(failure as Error).message}. Copy or pack it again.`,
      { cause: failure },
    );
  }
  yield* ready.splice(0);
}
