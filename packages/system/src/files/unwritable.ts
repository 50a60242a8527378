import { LatentkitError } from '@latentkit/core';

const ELSEWHERE = 'Choose another folder';

/** What to do about it, by the system's name for what is wrong. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space, or choose a folder on another disk.',
  EDQUOT: 'Your share of the disk is used up: delete files, or choose a folder on another disk.',
  EROFS: 'The file system is read-only: choose a folder on one that can be written.',
  EACCES: `${ELSEWHERE}, or change its permissions.`,
  EPERM: `${ELSEWHERE}, or change its permissions.`,
  ENOENT: 'Make the folder around it first, or choose another.',
  ENOTDIR: 'Something that is no folder is in the way: choose another path.',
  EEXIST: 'Something else is in the way: choose another path.',
  EISDIR: 'A folder is in the way: choose another path.',
  EMFILE: 'Too many files are open: close some, or raise the limit (ulimit -n).',
  ENFILE: 'Too many files are open on this machine: close some.',
  ENAMETOOLONG: 'Choose a shorter path.',
};

/**
 * The error for files or folders that cannot be written.
 *
 * @param what could not be done, as the beginning of a sentence: `Could not write /a/b`
 */
export function unwritable(what: string, cause: unknown): LatentkitError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const advice = ADVICE[code] ?? `${ELSEWHERE}.`;
  return new LatentkitError('unwritable', `${what}: ${message}. ${advice}`, { cause });
}
