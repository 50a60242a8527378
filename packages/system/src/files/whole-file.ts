import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { holdTemporary, removeLeftOver } from './left-over.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './unwritable.ts';
import { temporaryBeside } from './write-file.ts';

/**
 * A file that is written piece by piece and gets its name when it is whole: until then, and if it is
 * abandoned, what had the name before has it. What a process that was killed left beside it is removed.
 */
export class WholeFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #release: () => Promise<void>;
  /** Removes the folders that were made for it. */
  readonly #undo: (() => Promise<void>) | undefined;
  #written = 0;

  private constructor(
    path: string,
    temporary: string,
    file: FileHandle,
    release: () => Promise<void>,
    undo?: () => Promise<void>,
  ) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#release = release;
    this.#undo = undo;
  }

  /** @throws LatentkitError `unwritable` */
  static async create(
    path: string,
    { makeFolders = false }: { readonly makeFolders?: boolean } = {},
  ): Promise<WholeFile> {
    const temporary = temporaryBeside(path);
    let undo: (() => Promise<void>) | undefined;
    let release: (() => Promise<void>) | undefined;
    try {
      if (makeFolders) undo = await makeFolder(dirname(path));
      await removeLeftOver(path, (left) => rm(left, { force: true }));
      release = await holdTemporary(temporary);
      return new WholeFile(path, temporary, await open(temporary, 'wx'), release, undo);
    } catch (cause) {
      await release?.();
      await undo?.();
      throw unwritable(`Could not write ${path}`, cause);
    }
  }

  /** Bytes so far. */
  get written(): number {
    return this.#written;
  }

  /** Adds to the end. @throws LatentkitError `unwritable` */
  async write(contents: Uint8Array | string): Promise<void> {
    try {
      const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
      await this.#file.writeFile(bytes);
      this.#written += bytes.length;
    } catch (cause) {
      throw unwritable(`Could not write ${this.path}`, cause);
    }
  }

  /** Gives the file its name. @throws LatentkitError `unwritable` */
  async finish(): Promise<void> {
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.path);
    } catch (cause) {
      throw unwritable(`Could not write ${this.path}`, cause);
    }
    // The file is whole by now, whatever becomes of the lock.
    await this.#release().catch(() => {});
  }

  /** Removes what was written, and folders that were made for it alone. Nothing happens to a file that has its name. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
    await this.#release().catch(() => {});
    await this.#undo?.();
  }
}
