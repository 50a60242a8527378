import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beginningOf, isRunning } from './running.ts';
import { temporaryBeside } from './write-file.ts';

/** Who has a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it, so that a number used again is not taken for it. */
  readonly began: string | null;
  /** When the lock was taken, for people. */
  readonly since: string;
  /** Which lock this is. */
  readonly id: string;
}

export type LockAttempt =
  /** It is this process's, until it gives it back. */
  | { readonly release: () => Promise<void>; readonly heldBy?: undefined }
  | { readonly release?: undefined; readonly heldBy: LockHolder };

/**
 * Takes a lock file for this process, unless a process that lives (this one included) has it. One whose process
 * is gone is taken over, by one of all that find it so.
 *
 * @throws what the file system says
 */
export async function takeLock(path: string): Promise<LockAttempt> {
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    began: beginningOf(process.pid),
    since: new Date().toISOString(),
    id: randomUUID(),
  };
  const text = `${JSON.stringify(holder)}\n`;
  const mine = { release: () => release(path, holder) };
  for (;;) {
    if (await placeWhole(path, text)) return mine;
    const other = await readHolder(path);
    if (other === 'gone') continue;
    if (other !== undefined && isAlive(other)) return { heldBy: other };
    if (await takeOver(path, other, text)) return mine;
  }
}

async function release(path: string, { id }: LockHolder): Promise<void> {
  const current = await readHolder(path).catch(() => undefined);
  if (typeof current === 'object' && current.id === id) await rm(path, { force: true });
}

/** Puts a file in place with all its contents at once, unless one is there already. */
async function placeWhole(path: string, text: string): Promise<boolean> {
  const temporary = temporaryBeside(path);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Undefined where the file holds no lock of ours: it was damaged, and nobody can hold it. */
async function readHolder(path: string): Promise<LockHolder | 'gone' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw cause;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, began, since, id } = value as Record<keyof LockHolder, unknown>;
  return (
    Number.isSafeInteger(pid) &&
    (pid as number) >= 1 &&
    [host, since, id].every((text) => typeof text === 'string') &&
    (began === null || typeof began === 'string')
  );
}

/** Whether the process of a lock may still be there; on another machine nobody can say that it is not. */
function isAlive({ pid, host, began }: LockHolder): boolean {
  if (host !== hostname()) return true;
  if (!isRunning(pid)) return false;
  const now = beginningOf(pid);
  return began === null || now === null || began === now;
}

/**
 * Puts a lock in the place of a stale one. Two that found the same one stale must not both do so, and the second
 * must not take what the first has just put there: one at a time looks again, and replaces what it found.
 *
 * @returns false where another was quicker, or is at it
 */
async function takeOver(
  path: string,
  stale: LockHolder | undefined,
  text: string,
): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await placeWhole(guard, text))) {
    const other = await readHolder(guard);
    if (other === undefined || (other !== 'gone' && !isAlive(other))) {
      await rm(guard, { force: true });
    } else {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return false;
  }
  try {
    const current = await readHolder(path);
    if (current === 'gone' || current?.id !== stale?.id) return false;
    const temporary = temporaryBeside(path);
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}
