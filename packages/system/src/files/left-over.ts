import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { takeLock } from './lock.ts';

/** What a lock is called that says who makes what is not finished yet. */
const LOCK = '.lock';

/**
 * Says of something unfinished, named by `temporaryBeside`, that this process makes it. Some file systems have no locks:
 * there nobody removes what is left over.
 *
 * @returns gives it back; idempotent
 */
export async function holdTemporary(temporary: string): Promise<() => Promise<void>> {
  const lock = await takeLock(`${temporary}${LOCK}`).catch(() => undefined);
  return async () => lock?.release?.();
}

/** Removes what stands unfinished beside a path and whose process is gone, as far as that can be done. */
export async function removeLeftOver(
  path: string,
  remove: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    const around = dirname(path);
    const start = `.${basename(path)}.`;
    for (const name of await readdir(around)) {
      if (!name.startsWith(start) || !/^[\da-f]{8}\.tmp\.lock$/.test(name.slice(start.length)))
        continue;
      const { release } = await takeLock(join(around, name));
      if (!release) continue;
      await remove(join(around, name.slice(0, -LOCK.length)));
      await release();
    }
  } catch {
    // It stays where it is, and is in nobody's way.
  }
}
