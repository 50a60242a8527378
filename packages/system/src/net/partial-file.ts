import { createHash, randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { isRunning } from '../files/running.ts';

/** Abandoned parts older than this are deleted rather than resumed. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
/** Whether a process of another machine, or container, lives cannot be known: its part is, if not written for so long. */
const FOREIGN_MS = 10 * 60 * 1000;

/** What downloads and caches make is the user's own business. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDWR } = constants;

/**
 * A download under way, in a file that nobody else writes. Its name carries the process that writes
 * it, `<key>.<host>.<pid>.<uuid>.part`; one that its process gave up is `<key>.part`. Taking one over is
 * a rename, which only one process can win. What is in it counts for nothing until it was verified and
 * renamed to its final name.
 *
 * Whoever can write the folder may have put a link there in the place of a part: links are removed,
 * never followed, and the file is opened once and used by its handle.
 */
export class PartialFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #key: string;
  #size: number;

  private constructor(handle: FileHandle, path: string, key: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.#key = key;
    this.#size = size;
  }

  /** Takes over what an earlier download of the same content left, or starts anew. */
  static async claim(folder: string, key: string): Promise<PartialFile> {
    await makeFolder(folder, PRIVATE_FOLDER);
    const path = join(folder, `${key}.${HOST}.${process.pid}.${randomUUID()}.part`);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(`${key}.`) || !name.endsWith('.part')) continue;
      const handle = await takeOver(folder, name, path);
      if (handle) return new PartialFile(handle, path, key, (await handle.stat()).size);
    }
    const handle = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE);
    return new PartialFile(handle, path, key, 0);
  }

  get size(): number {
    return this.#size;
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.byteLength; ) {
      const left = piece.byteLength - done;
      const { bytesWritten } = await this.#handle.write(piece, done, left, this.#size + done);
      done += bytesWritten;
    }
    this.#size += piece.byteLength;
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  async read(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#size);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  /** Leaves what there is for a later download to go on from. */
  async abandon(): Promise<void> {
    await this.#handle.close();
    if (this.#size === 0) await rm(this.#path);
    else await rename(this.#path, join(dirname(this.#path), `${this.#key}.part`));
  }

  async remove(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }

  /** Gives the file, once verified, its final name. */
  async finish(path: string): Promise<void> {
    try {
      await this.#handle.sync();
      await makeFolder(dirname(path), PRIVATE_FOLDER);
      await rename(this.#path, path);
    } finally {
      await this.#handle.close();
    }
  }
}

/** Renames a part that nobody writes any more to `path` and opens it, if it is what it should be. */
async function takeOver(
  folder: string,
  name: string,
  path: string,
): Promise<FileHandle | undefined> {
  const found = join(folder, name);
  try {
    const left = await lstat(found);
    if (!isPlain(left)) {
      await rm(found, { force: true });
      return undefined;
    }
    const age = Date.now() - left.mtimeMs;
    if (!isAbandoned(name, age)) return undefined;
    if (age > MAX_AGE_MS) {
      await rm(found, { force: true });
      return undefined;
    }
    await rename(found, path);
  } catch {
    // Another process was faster.
    return undefined;
  }
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, O_RDWR | O_NOFOLLOW);
    // Exchanged since it was looked at.
    if (!isPlain(await handle.stat())) throw new Error('no plain file');
    await handle.chmod(PRIVATE_FILE);
    return handle;
  } catch {
    await handle?.close();
    await rm(path, { force: true }).catch(() => {});
    return undefined;
  }
}

/** A file that has no other name: what is written into it changes nothing else. */
function isPlain(found: Stats): boolean {
  return found.isFile() && found.nlink === 1;
}

function isAbandoned(name: string, age: number): boolean {
  const [, host, pid] = /\.([0-9a-f]{8})\.(\d+)\.[0-9a-f-]+\.part$/.exec(name) ?? [];
  if (pid === undefined) return true;
  if (host !== HOST) return age > FOREIGN_MS;
  return !isRunning(Number(pid));
}
