import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { temporaryBeside } from '@latentkit/system';

/**
 * Claims a lock file for this process; one whose process died is taken over.
 *
 * @returns gives it back; undefined while a process that lives has it
 * @throws what the file system says
 */
export async function claim(lock: string): Promise<(() => Promise<void>) | undefined> {
  // Linked when it says whose it is: a lock is never seen empty.
  const mine = temporaryBeside(lock);
  try {
    await writeFile(mine, String(process.pid), { flag: 'wx' });
    for (;;) {
      try {
        await link(mine, lock);
        return () => rm(lock, { force: true });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      }
      if (await isHeld(lock)) return undefined;
      await rm(lock, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
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
