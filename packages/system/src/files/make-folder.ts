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
  try {
    await mkdir(folder, mode);
  } catch (cause) {
    if (await isFolder(folder)) return;
    const around = dirname(folder);
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (!missing || around === folder || (await isFolder(around))) throw cause;
    await makeFolder(around, mode);
    await mkdir(folder, mode).catch(async (error) => {
      // Another process was faster.
      if (!(await isFolder(folder))) throw error;
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
