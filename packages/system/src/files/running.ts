import { readFileSync } from 'node:fs';

/**
 * Whether a process runs on this machine; one that was ended, and whose parent has not asked how (a zombie), does not.
 * Nobody but Linux says so of a zombie: elsewhere it counts as running.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const state = statOf(pid)?.[0];
  return state !== 'Z' && state !== 'X';
}

/** When a process began, in the system's ticks since it started; null where the system does not say (not Linux). */
export function beginningOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/** What proc_pid_stat(5) tells of a process from its state on; undefined where there is no such file. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
