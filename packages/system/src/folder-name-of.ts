import { posix } from 'node:path';

/** The name of the folder that a path lies in, whichever way its separators lean; '.' for one that lies in none. */
export function folderNameOf(path: string): string {
  return posix.basename(posix.dirname(path.replaceAll('\\', '/')));
}
