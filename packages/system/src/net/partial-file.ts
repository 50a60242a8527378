import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';

/** Abandoned parts older than this are deleted rather than resumed. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

/**
 * A download under way, in a file that nobody else writes. Its name carries the process that writes
 * it, `<key>.<pid>.<uuid>.part`; one that its process gave up is `<key>.part`. Taking one over is a
 * rename, which only one process can win. What is in it counts for nothing until it was verified and
 * renamed to its final name.
 */
export class PartialFile {
  readonly path: string;
  readonly #key: string;

  private constructor(path: string, key: string) {
    this.path = path;
    this.#key = key;
  }

  /** Takes over what an earlier download of the same content left, or starts anew. */
  static async claim(folder: string, key: string): Promise<PartialFile> {
    await makeFolder(folder);
    const mine = new PartialFile(join(folder, `${key}.${process.pid}.${randomUUID()}.part`), key);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(`${key}.`) || !name.endsWith('.part') || !isAbandoned(name)) continue;
      const path = join(folder, name);
      try {
        const { mtimeMs } = await stat(path);
        if (Date.now() - mtimeMs > MAX_AGE_MS) {
          await rm(path, { force: true });
          continue;
        }
        await rename(path, mine.path);
        return mine;
      } catch {
        // Another process was faster.
      }
    }
    await (await open(mine.path, 'wx')).close();
    return mine;
  }

  /** Leaves what there is for a later download to go on from. */
  async abandon(): Promise<void> {
    const { size } = await stat(this.path);
    if (size === 0) await rm(this.path);
    else await rename(this.path, join(dirname(this.path), `${this.#key}.part`));
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** Gives the file, once verified, its final name. */
  async finish(path: string): Promise<void> {
    const handle = await open(this.path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await makeFolder(dirname(path));
    await rename(this.path, path);
  }
}

function isAbandoned(name: string): boolean {
  const pid = /\.(\d+)\.[0-9a-f-]+\.part$/.exec(name)?.[1];
  if (pid === undefined) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it lives, as another user.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
