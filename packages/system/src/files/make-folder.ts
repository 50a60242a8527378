import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those around it, where they are missing. Node's own `recursive` never ends where
 * the system says that a folder does not exist within one that does, as under /proc. Where it fails, none is left that
 * it made.
 *
 * @param mode of the folders that are made
 * @returns removes those that were made, as far as they are empty: for work that failed
 */
export async function makeFolder(path: string, mode = 0o777): Promise<() => Promise<void>> {
  const made: string[] = [];
  const undo = async () => {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
  };
  try {
    await makeWithin(resolve(path), mode, made);
  } catch (cause) {
    await undo();
    throw cause;
  }
  return undo;
}

/** @param made the folders that were made, outermost first */
async function makeWithin(folder: string, mode: number, made: string[]): Promise<void> {
  const problem = await attempt(folder, mode, made);
  if (!problem) return;
  const around = dirname(folder);
  if (problem.code !== 'ENOENT' || around === folder) throw problem;
  if (!(await isFolder(around))) await makeWithin(around, mode, made);
  // Once more and no oftener, whatever is said then.
  const lasting = await attempt(folder, mode, made);
  if (lasting) throw lasting;
}

/** Why the folder is not there after an attempt to make it; undefined if it is. */
async function attempt(
  folder: string,
  mode: number,
  made: string[],
): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder, mode);
    made.push(folder);
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
