import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { isArrayFile } from '../arrays/array-files.ts';
import { type FileEntry, fileSource } from '../sources/file-source.ts';
import { openPictures } from '../sources/open-source.ts';
import { isPicture } from '../sources/picture-source.ts';
import { arrayItems } from './array-items.ts';
import type { BadItem, ItemEntry, ItemSource, ReadItem } from './item-source.ts';
import { pictureItems } from './picture-items.ts';

/**
 * Opens what paths name: folders, globs, lists, archives and arrays, and single pictures. Of several, ids
 * begin with the name of their source. A picture that is named twice, or beside its folder, counts once.
 *
 * @throws ArgumentError for no path, or two sources of one name; LatentkitError `not-found`, `invalid-data`
 */
export async function openItems(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ItemSource> {
  const sound = Array.isArray(paths) && paths.length > 0;
  if (!sound || paths.some((path) => typeof path !== 'string' || path === '')) {
    throw new ArgumentError('sources', 'one or more paths of pictures', paths);
  }
  const files: string[] = [];
  const others: string[] = [];
  for (const path of paths) ((await isPictureFile(path)) ? files : others).push(path);
  const sources: { readonly prefix: string; readonly source: ItemSource }[] = [];
  for (const path of others) {
    const source = (await isArrayFile(path))
      ? await arrayItems(path)
      : pictureItems(await openPictures(path, signal));
    sources.push({ prefix: `${basename(resolve(path))}/`, source });
  }
  const singles = beside(files, others, sources);
  if (singles.length > 0) sources.push({ prefix: '', source: await singlePictures(singles) });
  const [only] = sources;
  if (only && sources.length === 1) return only.source;
  const prefixes = sources.map(({ prefix }) => prefix);
  const twice = prefixes.find((prefix, i) => prefixes.indexOf(prefix) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(
      'sources',
      'sources of different names, since ids begin with them (embed the folder around them, or one at a time)',
      twice.slice(0, -1),
    );
  }
  return joined(sources);
}

async function isPictureFile(path: string): Promise<boolean> {
  return isPicture(path) && (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Those of the pictures that no folder among the sources has: what is named twice counts once. */
function beside(
  files: readonly string[],
  folders: readonly string[],
  sources: readonly { readonly source: ItemSource }[],
): readonly string[] {
  if (files.length === 0) return files;
  const ids = sources.map(({ source }) => new Set(source.entries.map(({ id }) => id)));
  return files.filter((file) =>
    folders.every((folder, i) => {
      const within = relative(resolve(folder), resolve(file)).split(sep).join('/');
      return ids[i]?.has(within) !== true;
    }),
  );
}

/** Pictures that are named one by one, by the paths as they are given. */
async function singlePictures(paths: readonly string[]): Promise<ItemSource> {
  const entries: FileEntry[] = [];
  const once = new Set<string>();
  for (const path of paths) {
    if (once.has(resolve(path))) continue;
    once.add(resolve(path));
    const found = await stat(path).catch((cause) => {
      throw new LatentkitError('not-found', `There is no ${path}.`, { cause });
    });
    const file = resolve(path);
    entries.push({ id: path, path: file, bytes: found.size, stamp: String(found.mtimeMs) });
  }
  const [first = ''] = paths;
  return pictureItems(
    fileSource({
      name: basename(first),
      location: paths.length === 1 ? first : dirname(first),
      entries,
      factorNames: [],
      others: 0,
      faults: [],
    }),
  );
}

function joined(
  sources: readonly { readonly prefix: string; readonly source: ItemSource }[],
): ItemSource {
  const entries: ItemEntry[] = [];
  const starts = sources.map(({ prefix, source }) => {
    const start = entries.length;
    for (const entry of source.entries) entries.push({ ...entry, id: `${prefix}${entry.id}` });
    return start;
  });
  return {
    location: sources.map(({ source }) => source.location).join(', '),
    entries,
    faults: sources.flatMap(({ prefix, source }) =>
      source.faults.map(({ id, reason }) => ({ id: `${prefix}${id}`, reason })),
    ),
    async *read(card, { wanted, knownSha256, signal }) {
      for (const [i, { prefix, source }] of sources.entries()) {
        const start = starts[i] as number;
        const items: AsyncIterable<ReadItem | BadItem> = source.read(card, {
          wanted: (index) => wanted(start + index),
          knownSha256: (index) => knownSha256(start + index),
          signal,
        });
        for await (const item of items) {
          const index = start + item.index;
          yield 'reason' in item
            ? { ...item, index, id: `${prefix}${item.id}` }
            : { ...item, index };
        }
      }
    },
  };
}
