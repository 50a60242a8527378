import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { type LockHolder, takeLock, unwritable } from '@latentkit/system';
import { CHECKPOINT_FILE } from './checkpoint.ts';

export const LOCK_FILE = 'lock.json';

/**
 * Does `work` while this process alone may write to the run folder. A lock whose process is gone is
 * taken over, and what it left half-written is removed.
 *
 * @throws LatentkitError `in-use` where another training writes there, `unwritable`
 */
export async function withRunLock<T>(runDir: string, work: () => Promise<T>): Promise<T> {
  const path = join(runDir, LOCK_FILE);
  const lock = await takeLock(path).catch((cause) => {
    throw unwritable(`Could not take the lock ${path}`, cause);
  });
  if (lock.heldBy) throw inUse(runDir, lock.heldBy);
  try {
    await removeLeftovers(runDir);
    return await work();
  } finally {
    await lock.release();
  }
}

/** A process that was killed in the middle of a write leaves the unfinished file beside the whole one. */
async function removeLeftovers(runDir: string): Promise<void> {
  for (const name of await readdir(runDir)) {
    if (name.startsWith(`.${CHECKPOINT_FILE}.`) && name.endsWith('.tmp')) {
      await rm(join(runDir, name), { force: true });
    }
  }
}

function inUse(runDir: string, { pid, host, since }: LockHolder): LatentkitError {
  const elsewhere =
    host === hostname()
      ? ''
      : ` If that machine no longer runs it, delete ${join(runDir, LOCK_FILE)}.`;
  return new LatentkitError(
    'in-use',
    `The run folder ${runDir} is being trained into by process ${pid} on ${host}, since ${since}. Wait for ` +
      `it, stop it, or choose another folder.${elsewhere}`,
  );
}
