import { readFile, readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/** `readFile` of `node:fs/promises` does the same and takes three times as much of the processor. */
const readApart: (path: string) => Promise<Buffer> = promisify(readFile);

/** Larger files are read apart. */
const SMALL = 2 ** 16;
/** A disk is slow that takes so many milliseconds for a small file. */
const SLOW_MS = 1;
/** Files that are read apart before a slow disk is tried again. */
const PATIENCE = 256;

let patience = 0;

/**
 * The bytes of a file. A small one is read at once, on this thread, as long as the disk is quick: that takes some 15
 * microseconds, and to hand four calls to other threads and back 200. What was slow once is then read apart for a
 * while, several files at a time.
 *
 * @param bytes how many there will be, where that is known; else the file is read apart
 * @throws what `node:fs` throws
 */
export async function readWholeFile(
  path: string,
  bytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  if (bytes > SMALL) return readApart(path);
  if (patience > 0) {
    patience -= 1;
    return readApart(path);
  }
  return atOnce(() => readFileSync(path));
}

/**
 * The bytes of a file, read as by {@link readWholeFile}, if it has at most so many.
 *
 * @returns undefined for a larger one
 * @throws what `node:fs` throws
 */
export async function readFileUpTo(path: string, most: number): Promise<Buffer | undefined> {
  const { size } = patience > 0 ? await stat(path) : atOnce(() => statSync(path));
  return size <= most ? readWholeFile(path, size) : undefined;
}

/** Asks the disk on this thread, and notes where that took long. */
function atOnce<T>(ask: () => T): T {
  const began = performance.now();
  try {
    return ask();
  } finally {
    if (performance.now() - began > SLOW_MS) patience = PATIENCE;
  }
}
