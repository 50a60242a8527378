import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import type { NearestOptions, SearchHit, VectorInfo } from '@latentkit/data';
import { quoteArgument } from '@latentkit/system';
import { loadStores } from '../optional/load-stores.ts';
import { onceEach } from './once-each.ts';

/** What is searched in: files of vectors, or a store. */
export interface Searched {
  readonly info: VectorInfo;
  /** The first of its names, for messages. */
  readonly name: string;
  /** The vector of a row; undefined where there is no such row. */
  vectorOf(id: string): Promise<Float32Array | undefined>;
  count(): Promise<number>;
  nearest(query: Float32Array, options: NearestOptions): Promise<SearchHit[]>;
  close(): Promise<void>;
}

/** Of at least two letters: a letter alone is a drive of Windows. */
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

/** @throws as `openSearch` and `openStore`; LatentkitError `invalid-argument` for a store beside others */
export async function openSearched(names: readonly string[]): Promise<Searched> {
  const store = names.find((name) => SCHEME.test(name));
  if (store === undefined) return openFiles(names);
  if (names.length > 1) {
    throw new LatentkitError(
      'invalid-argument',
      `search: expected files of vectors, or one store; received ${store} beside ${names.length - 1} more.`,
    );
  }
  const { openStore } = await loadStores();
  const opened = await openStore(store);
  return {
    info: opened.info,
    name: store,
    async vectorOf(id) {
      const { rows, vectors } = await opened.get([id]);
      return rows.length === 0 ? undefined : vectors;
    },
    count: () => opened.count(),
    nearest: (query, options) => opened.nearest(query, options),
    close: () => opened.close(),
  };
}

async function openFiles(names: readonly string[]): Promise<Searched> {
  const { openSearch, searchVectors } = await import('@latentkit/data');
  for (const name of names) await refuseParts(name);
  const opened = await openSearch(names);
  const searchable = names.length > 1 ? await onceEach(opened) : opened;
  const { info, rows, vectors } = searchable;
  return {
    info,
    name: names[0] as string,
    async vectorOf(id) {
      const at = rows.findIndex((row) => row.id === id);
      return at < 0 ? undefined : vectors.slice(at * info.size, (at + 1) * info.size);
    },
    count: async () => rows.length,
    nearest: (query, options) => searchVectors(searchable, query, options),
    close: async () => {},
  };
}

/** A folder of parts, as a queue writes them, is no file of vectors, but holds some. */
async function refuseParts(name: string): Promise<void> {
  const inside = await readdir(name).catch(() => []);
  const part = inside.find((file) => extname(file).toLowerCase() === '.parquet');
  if (part === undefined) return;
  throw new LatentkitError(
    'not-found',
    `${name} is a folder of files of vectors; files were expected. Name them, such as ${quoteArgument(join(name, part))}, or put them into one: 'latentkit embed merge ${quoteArgument(name)} --out vectors.parquet'.`,
  );
}
