import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkObject } from '@latentkit/core/runtime';
import type { Source } from '@latentkit/node';

/** Folders of models or of several models, URLs, or sources by the names that they are served under. */
export type Models = string | readonly string[] | Readonly<Record<string, Source>>;

const CARD = 'model.json';

/** What is a part of a path on a server, and of a folder's name in a repository of Triton's. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * The models by the names that they are served under: that of the folder, unless another is given.
 *
 * @throws ArgumentError for names that are no part of a URL, or that two models have; LatentkitError `not-found`
 */
export async function namedModels(models: Models): Promise<ReadonlyMap<string, Source>> {
  checkObject('models', typeof models === 'string' ? [models] : models, WANTED);
  const found: [string, Source][] = [];
  if (typeof models === 'string' || Array.isArray(models)) {
    for (const path of [models].flat() as readonly unknown[]) {
      if (typeof path !== 'string' || path === '') throw new ArgumentError('models', WANTED, path);
      found.push(...(await modelsAt(path)));
    }
  } else {
    found.push(...Object.entries(models as Readonly<Record<string, Source>>));
  }
  if (found.length === 0) throw new ArgumentError('models', WANTED, models);
  const named = new Map<string, Source>();
  for (const [name, source] of found) {
    if (!NAME.test(name)) {
      throw new ArgumentError(
        'models',
        `names of letters, digits, "_", "." and "-": ${REMEDY}`,
        name,
      );
    }
    if (named.has(name)) {
      throw new ArgumentError('models', `one model of a name: ${REMEDY}`, name);
    }
    named.set(name, source);
  }
  return named;
}

const REMEDY = 'rename the folder, or, in a program, give sources by their names';

/** Folders that a message lists. */
const SHOWN = 8;

const WANTED = 'folders of models, or sources by the names that they are served under';

async function modelsAt(given: string): Promise<[string, Source][]> {
  const path = given.replace(/[/\\]+(model\.json)?$/, '');
  const name = basename(path);
  // A scheme has at least two letters: C:\ is a drive.
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return [[name, path]];
  const entries = await readdir(path, { withFileTypes: true }).catch(async (cause) => {
    const says = `${path} is no folder that can be read. Give one that latentkit export wrote, or one that holds such folders`;
    throw new LatentkitError('not-found', `${says}${await foldersBeside(path)}.`, { cause });
  });
  if (entries.some((entry) => entry.name === CARD)) return [[name, path]];
  const inside = await Promise.all(
    entries.map(async (entry): Promise<[string, Source][]> => {
      const folder = join(path, entry.name);
      const files = await readdir(folder).catch((): string[] => []);
      return files.includes(CARD) ? [[entry.name, folder]] : [];
    }),
  );
  const models = inside.flat().sort(([a], [b]) => (a < b ? -1 : 1));
  if (models.length > 0) return models;
  throw new LatentkitError(
    'not-found',
    `${path} holds no model: neither it nor a folder in it has a ${CARD}. Give what latentkit export wrote.`,
  );
}

/** Folders that lie beside a path that is none, for the message: one of them may be what was meant. */
async function foldersBeside(path: string): Promise<string> {
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  const names = entries.flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [],
  );
  if (names.length === 0) return '';
  const shown = names.sort().slice(0, SHOWN).join(', ');
  return `; beside it lie ${shown}${names.length > SHOWN ? ', …' : ''}`;
}
