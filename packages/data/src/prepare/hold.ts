import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { makeFolder, temporaryBeside, unwritable } from '@latentkit/system';
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
  const lock = `${paths.partItems}.lock`;
  // Linked when it says whose it is: a lock is never seen empty.
  const mine = temporaryBeside(lock);
  try {
    await makeFolder(folder);
    await writeFile(mine, String(process.pid), { flag: 'wx' });
    for (;;) {
      try {
        await link(mine, lock);
        return { paths, release: () => rm(lock, { force: true }) };
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      }
      if (await isHeld(lock)) break;
      await rm(lock, { force: true });
    }
  } catch (cause) {
    throw unwritable(`The prepared data cannot be kept in ${folder}`, cause);
  } finally {
    await rm(mine, { force: true });
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

/** Whether a process that lives, this one included, holds the lock. */
async function isHeld(lock: string): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Alive, but another user's.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
