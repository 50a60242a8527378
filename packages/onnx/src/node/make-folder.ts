import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those around it, where they are missing. Step by step: Node's own recursive way never
 * comes back where the system says of a folder that is there that it is not (`/proc`).
 *
 * @throws the error of the file system, where the folder cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  if (await isFolder(folder)) return;
  const around = dirname(folder);
  if (around !== folder) await makeFolder(around);
  await mkdir(folder).catch(async (error: unknown) => {
    // Another program may have been quicker.
    if (!(await isFolder(folder))) throw error;
  });
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
