import { opendir, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder, checkCreatable, ensureWritableFolder, formatPlural } from '@latentkit/system';
import { formatBytes } from '../../format.ts';
import { type Check, findingOf, type Health } from '../finding.ts';

/** Less free space than this is told, in bytes. */
const SCARCE = 1e9;
/** With less than this nothing can be worked with. */
const NONE = 50e6;

/** Downloads and measurements: done without where it cannot be written. */
export const cache: Check = {
  name: 'cache',
  vital: false,
  run: () => lookAt(cacheFolder(), 'warning', 'Set LATENTKIT_CACHE to a folder that can be.', true),
};

/** Pictures, sites and reports are made there before they are moved. */
export const temporaryFolder: Check = {
  name: 'temporary files',
  vital: true,
  run: () => lookAt(tmpdir(), 'fault', 'Set TMPDIR (on Windows TEMP) to a folder that can be.'),
};

/** Where runs and models go, unless they are given a path. */
export const workingFolder: Check = {
  name: 'this folder',
  vital: false,
  run: () => lookAt(process.cwd(), 'warning', 'Go to another, or name one: --out FOLDER.'),
};

/**
 * Whether a folder can be written, and how much there is room for. A folder that is missing is not made.
 *
 * @param worst how bad it is if nothing can be written there
 * @param counted whether its contents are counted
 */
async function lookAt(path: string, worst: Health, remedy: string, counted = false) {
  const present = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  try {
    if (present) await ensureWritableFolder(path, 'The folder');
    else await checkCreatable(path, 'The folder');
  } catch (error) {
    return { ...findingOf(worst, error), remedy };
  }
  const free = await freeSpace(path);
  const contents = !present
    ? ['not there yet, can be made']
    : counted
      ? [await contentsOf(path)]
      : [];
  const says = [path, ...contents, `${formatBytes(free)} free`].join(', ');
  if (free >= SCARCE) return { health: 'ok' as const, says };
  return {
    health: free < NONE ? worst : ('warning' as const),
    says,
    remedy: `Free some space on its disk. ${remedy}`,
  };
}

/** Bytes that this user may still write where a folder is, or will be. */
async function freeSpace(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if (dirname(at) === at) throw error;
    }
  }
}

/** A cache of more files than this is not counted to its end. */
const COUNTED = 20_000;

async function contentsOf(path: string): Promise<string> {
  let files = 0;
  let bytes = 0;
  for await (const entry of await opendir(path, { recursive: true })) {
    if (!entry.isFile()) continue;
    if (files === COUNTED) return `more than ${formatPlural(files, 'file')}`;
    // Another process may have taken it away.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    files += 1;
    bytes += found?.size ?? 0;
  }
  return `${formatPlural(files, 'file')} of ${formatBytes(bytes)}`;
}
