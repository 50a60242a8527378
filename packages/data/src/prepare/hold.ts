import { rm } from 'node:fs/promises';
import { makeFolder, takeLock, unwritable } from '@latentkit/system';
import type { JournalPaths } from './journal.ts';

export interface Hold {
  /** Where to prepare: the usual place, or one of this process's own while another is at work there. */
  readonly paths: JournalPaths;
  release(): Promise<void>;
}

/**
 * Claims a preparation for this process. While another process that is alive has it, this one prepares
 * beside it, so that neither waits for the other; one that died leaves its work to the next.
 *
 * @throws LatentkitError `unwritable`
 */
export async function holdFolder(paths: JournalPaths, folder: string): Promise<Hold> {
  try {
    await makeFolder(folder);
    const lock = await takeLock(`${paths.partItems}.lock`);
    if (!lock.heldBy) return { paths, release: lock.release };
  } catch (cause) {
    throw unwritable(`The prepared data cannot be kept in ${folder}`, cause);
  }
  const own = `${process.pid}-${Date.now().toString(36)}`;
  const beside = {
    ...paths,
    partItems: `${paths.partItems}.${own}`,
    partLines: `${paths.partLines}.${own}`,
  };
  const parts = [beside.partItems, beside.partLines];
  return {
    paths: beside,
    release: async () => {
      for (const part of parts) await rm(part, { force: true });
    },
  };
}
