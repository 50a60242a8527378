import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { glob } from 'tinyglobby';

/**
 * The folders of models that patterns name: a folder with a `model.json`, that file itself, a folder of
 * such folders, or a glob of any of these.
 *
 * @returns paths as they were written, each once, sorted within a pattern
 * @throws LatentkitError `not-found` for a pattern that names no model
 */
export async function findModels(
  patterns: readonly string[],
  cwd = process.cwd(),
): Promise<string[]> {
  const found = new Map<string, string>();
  for (const pattern of patterns) {
    const folders = await foldersOf(pattern.replace(/[\\/]+$/, '') || pattern, cwd);
    if (folders.length === 0) {
      throw new LatentkitError(
        'not-found',
        `'${pattern}' names no model: a folder with a model.json, or a glob of such folders, was expected.`,
      );
    }
    for (const folder of folders) found.set(resolve(cwd, folder), folder);
  }
  return [...found.values()];
}

async function foldersOf(pattern: string, cwd: string): Promise<string[]> {
  const path = pattern.replace(/(^|[\\/])model\.json$/, '') || '.';
  if (await isFile(resolve(cwd, path, 'model.json'))) return [path];
  // A folder is taken by its name, whatever letters are in it.
  const parents = (await isFolder(resolve(cwd, path))) ? `${escaped(path)}/*` : slashes(path);
  const cards = await glob([`${parents}/model.json`], { cwd, expandDirectories: false });
  return cards.map((card) => card.replace(/[\\/]model\.json$/, '')).sort();
}

/** Globs have forward slashes everywhere; a backslash escapes there. */
function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function escaped(path: string): string {
  return slashes(path).replaceAll(/[[\](){}*?!+@|]/g, '\\$&');
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
