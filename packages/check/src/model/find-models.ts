import { stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { glob } from 'tinyglobby';
import { CARD_FILE, FILES_BESIDE_CARD } from './files.ts';

/**
 * The folders of models that patterns name: a folder with a `model.json`, that file itself, a folder of
 * such folders, or a glob of any of these.
 *
 * A gate must not pass because a model is gone, so what looks like one is named too: a folder without a card that holds
 * graphs, golden values or a record, where a glob matches it or it lies directly in a folder that was named; and, as it
 * was written, a pattern that names nothing. The check `card/present` fails for these. What lies below a
 * model belongs to it, and packages below `node_modules` belong to others.
 *
 * @returns paths as they were written, each once, sorted within a pattern; at least one for each pattern
 */
export async function findModels(
  patterns: readonly string[],
  cwd = process.cwd(),
): Promise<string[]> {
  const found = new Map<string, string>();
  for (const pattern of patterns) {
    for (const folder of await foldersOf(pattern.replace(/[\\/]+$/, '') || pattern, cwd)) {
      const path = resolve(cwd, folder);
      if (!found.has(path)) found.set(path, folder);
    }
  }
  return [...found.values()];
}

async function foldersOf(pattern: string, cwd: string): Promise<string[]> {
  const path = pattern.replace(/(^|[\\/])model\.json$/, '') || '.';
  if (await hasCard(resolve(cwd, path))) return [path];
  if (await isFolder(resolve(cwd, path))) {
    // A folder is taken by its name, whatever letters are in it.
    const name = escaped(path);
    const { cards, lost } = await matching(`${name}/*`, resolve(cwd, path), cwd);
    // Beside models, a graph is nobody's; without any, the folder is what is left of one.
    const itself = cards.length === 0 && (await filesBeside(name, cwd)).length > 0;
    return itself ? [path] : orItself([...cards, ...lost], path);
  }
  const folders = slashes(path);
  const base = resolve(cwd, picomatch.scan(folders).base);
  const { cards, lost } = await matching(folders, base, cwd);
  return orItself([...cards, ...lost], path);
}

function orItself(folders: string[], pattern: string): string[] {
  return folders.length > 0 ? folders.sort() : [pattern];
}

/**
 * Of the folders that a glob matches, those with a card, and those that have lost it.
 *
 * @param base the folder where the glob begins: it holds models, and is none that was lost
 */
async function matching(
  folders: string,
  base: string,
  cwd: string,
): Promise<{ cards: string[]; lost: string[] }> {
  const files = await glob([`${folders}/${CARD_FILE}`], { cwd, expandDirectories: false });
  const cards = files.map(dirname);
  const models = new Set(cards.map((folder) => resolve(cwd, folder)));
  const lost: string[] = [];
  // A folder comes before what lies in it, so that only the outermost is told.
  for (const folder of [...new Set((await filesBeside(folders, cwd)).map(dirname))].sort()) {
    const path = resolve(cwd, folder);
    const below = relative(base, path).split(sep);
    if (path === base || models.has(path) || below.includes('node_modules')) continue;
    if (await isPartOfModel(path, base, models)) continue;
    models.add(path);
    lost.push(folder);
  }
  return { cards, lost };
}

async function isPartOfModel(
  path: string,
  base: string,
  models: ReadonlySet<string>,
): Promise<boolean> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    if (models.has(above)) return true;
    if (above === base) return false;
    if (await hasCard(above)) return true;
  }
  return false;
}

function filesBeside(folders: string, cwd: string): Promise<string[]> {
  const files = FILES_BESIDE_CARD.map((file) => `${folders}/${file}`);
  return glob(files, { cwd, expandDirectories: false });
}

/** Globs have forward slashes everywhere; a backslash escapes there. */
function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function escaped(path: string): string {
  return slashes(path).replaceAll(/[[\](){}*?!+@|]/g, '\\$&');
}

function hasCard(folder: string): Promise<boolean> {
  return stat(resolve(folder, CARD_FILE)).then(
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
