import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those around it, where they are missing. Node's own `recursive` never ends where
 * the system says that a folder does not exist within one that does, as under /proc.
 *
 * @param mode of the folders that are made
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const folder = resolve(path);
  const problem = await problemOf(folder, mode);
  if (!problem) return;
  const around = dirname(folder);
  if (problem.code !== 'ENOENT' || around === folder) throw problem;
  if (!(await isFolder(around))) await makeFolder(around, mode);
  // Once more and no oftener, whatever is said then.
  const lasting = await problemOf(folder, mode);
  if (lasting) throw lasting;
}

/** Why the folder is not there after an attempt to make it; undefined if it is. */
async function problemOf(folder: string, mode: number): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder, mode);
    return undefined;
  } catch (cause) {
    return (await isFolder(folder)) ? undefined : (cause as NodeJS.ErrnoException);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
