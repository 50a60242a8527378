import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { unwritable } from '@latentkit/system';
import * as v from 'valibot';
import { CHECKPOINT_FILE } from './checkpoint.ts';

export const LOCK_FILE = 'lock.json';

const HolderSchema = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  host: v.string(),
  /** When the process began, as the system counts it, so that a number used again is not taken for it. */
  began: v.nullable(v.string()),
  /** When the lock was taken, for people. */
  since: v.string(),
  /** Which lock this is. */
  id: v.string(),
});
type Holder = v.InferOutput<typeof HolderSchema>;

/**
 * Does `work` while this process alone may write to the run folder. A lock whose process is gone is
 * taken over, and what it left half-written is removed.
 *
 * @throws LatentkitError `in-use` where another training writes there, `unwritable`
 */
export async function withRunLock<T>(runDir: string, work: () => Promise<T>): Promise<T> {
  const holder = await takeLock(runDir);
  try {
    await removeLeftovers(runDir);
    return await work();
  } finally {
    const current = await readHolder(runDir).catch(() => undefined);
    if (typeof current === 'object' && current.id === holder.id)
      await rm(join(runDir, LOCK_FILE), { force: true });
  }
}

async function takeLock(runDir: string): Promise<Holder> {
  const path = join(runDir, LOCK_FILE);
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    began: await beginningOf(process.pid),
    since: new Date().toISOString(),
    id: randomUUID(),
  };
  for (;;) {
    if (await placeWhole(path, `${JSON.stringify(holder)}\n`)) return holder;
    const other = await readHolder(runDir);
    if (other === 'gone') continue;
    if (other !== undefined && (await isAlive(other))) throw inUse(runDir, other);
    await removeStale(path, other);
  }
}

/** Puts a file in place with all its contents at once, unless one is there already. */
async function placeWhole(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(`Could not write ${path}`, cause);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Undefined where the file holds no lock of ours: it was damaged, and nobody can hold it. */
async function readHolder(runDir: string): Promise<Holder | 'gone' | undefined> {
  let text: string;
  try {
    text = await readFile(join(runDir, LOCK_FILE), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw unwritable(`Could not read the lock in ${runDir}`, cause);
  }
  try {
    return v.parse(HolderSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether the process of a lock may still be there; on another machine nobody can say that it is not. */
async function isAlive({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await beginningOf(pid);
  return began === null || now === null || began === now;
}

/** When a process began, in the system's ticks since it started; null where the system does not say (not Linux). */
async function beginningOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name, in brackets, may hold anything; the 20th field after it is the start time.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Moves a lock aside before it is removed: only one of several that found it stale gets it. */
async function removeStale(path: string, stale: Holder | undefined): Promise<void> {
  const aside = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await rename(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw unwritable(`Could not remove the stale lock ${path}`, cause);
  }
  const text = await readFile(aside, 'utf8').catch(() => '');
  // Another was quicker, and this is its lock: give it back.
  if (stale !== undefined && !text.includes(stale.id)) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** A process that was killed in the middle of a write leaves the unfinished file beside the whole one. */
async function removeLeftovers(runDir: string): Promise<void> {
  for (const name of await readdir(runDir)) {
    if (name.startsWith(`.${CHECKPOINT_FILE}.`) && name.endsWith('.tmp')) {
      await rm(join(runDir, name), { force: true });
    }
  }
}

function inUse(runDir: string, { pid, host, since }: Holder): LatentkitError {
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
