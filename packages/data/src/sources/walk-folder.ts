import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { throwIfAborted } from '@latentkit/core/runtime';
import type { Fault } from './picture-source.ts';

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly stamp: string;
}

export interface Walk {
  readonly files: readonly FoundFile[];
  /** Files that were not wanted. */
  readonly others: number;
  readonly faults: readonly Fault[];
}

/** Calls of the file system under way at a time. */
const AT_A_TIME = 32;

/**
 * The wanted files of a folder and those within it, sorted by name (in code units: the same on every
 * machine). Links are followed, but into no folder twice on one way down; hidden folders and files are
 * left out. What goes away meanwhile is left out too, as if it had never been there.
 */
export async function walkFolder(
  root: string,
  wanted: (id: string) => boolean,
  signal?: AbortSignal,
): Promise<Walk> {
  const found: { id: string; path: string }[] = [];
  const faults: Fault[] = [];
  let others = 0;

  const visit = async (folder: string, prefix: string, above: readonly string[]): Promise<void> => {
    throwIfAborted(signal, 'Looking through the folder');
    let entries: Dirent[];
    let real: string;
    try {
      real = await realpath(folder);
      if (above.includes(real)) {
        faults.push({ id: prefix, reason: 'a link that leads back to a folder above it' });
        return;
      }
      entries = await readdir(folder, { withFileTypes: true });
    } catch (cause) {
      const isRoot = prefix === '';
      if (isRoot || !isGone(cause, prefix)) {
        faults.push({
          id: prefix || '.',
          reason: reasonOf(cause, prefix, 'the folder cannot be read'),
        });
      }
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const id = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      const path = join(folder, entry.name);
      let kind: Dirent | Stats | undefined;
      try {
        kind = entry.isSymbolicLink() ? await kindOfLink(path) : entry;
      } catch (cause) {
        if (!isGone(cause, id)) faults.push({ id, reason: reasonOf(cause, id) });
        continue;
      }
      if (kind === undefined) {
        faults.push({ id, reason: 'a link that leads nowhere, or in a circle' });
      } else if (kind.isDirectory()) {
        await visit(path, id, [...above, real]);
      } else if (kind.isFile() && wanted(id)) {
        found.push({ id, path });
      } else {
        others++;
      }
    }
  };
  await visit(root, '', []);

  const files: FoundFile[] = [];
  for (let from = 0; from < found.length; from += AT_A_TIME) {
    throwIfAborted(signal, 'Looking through the folder');
    const measured = await Promise.all(
      found.slice(from, from + AT_A_TIME).map(async (file) => {
        try {
          const { size, mtimeMs } = await stat(file.path);
          return { ...file, bytes: size, stamp: String(mtimeMs) };
        } catch (cause) {
          if (!isGone(cause, file.id))
            faults.push({ id: file.id, reason: reasonOf(cause, file.id) });
          return undefined;
        }
      }),
    );
    for (const file of measured) if (file) files.push(file);
  }
  return { files, others, faults };
}

/** What a link leads to; undefined for nothing. @throws where there is no link, either */
async function kindOfLink(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    await lstat(path);
    return undefined;
  }
}

function isGone(cause: unknown, id: string): boolean {
  return codeOf(cause) === 'ENOENT' && !isLossy(id);
}

function reasonOf(cause: unknown, id: string, what = 'it cannot be opened'): string {
  const code = codeOf(cause);
  return code === 'ENOENT' && isLossy(id) ? 'its name is no UTF-8' : `${what} (${code})`;
}

/** Whether a name may have been other bytes in the folder: what is no UTF-8 is listed as U+FFFD, and not found by that. */
function isLossy(id: string): boolean {
  return basename(id).includes('\ufffd');
}

function codeOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}
