import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
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
 * left out.
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
      faults.push({ id: prefix || '.', reason: `the folder cannot be read (${codeOf(cause)})` });
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const id = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      const path = join(folder, entry.name);
      const kind = entry.isSymbolicLink() ? await kindOfLink(path) : entry;
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
        const { size, mtimeMs } = await stat(file.path);
        return { ...file, bytes: size, stamp: String(mtimeMs) };
      }),
    );
    files.push(...measured);
  }
  return { files, others, faults };
}

async function kindOfLink(path: string) {
  return stat(path).catch(() => undefined);
}

function codeOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}
