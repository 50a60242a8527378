import { join } from 'node:path';

/** What starts a program of this folder in a process of its own, with the packages as they are built. */
export function scriptArgs(name: string, ...args: readonly string[]): string[] {
  return ['--import', 'tsx', join(import.meta.dirname, name), ...args];
}
