import { ArgumentError, InputError, LatentkitError } from '@latentkit/core';
import { checkObject, checkText } from '@latentkit/core/runtime';
import { type LoadedVectors, loadVectors } from '../vectors/read-vectors.ts';
import type { VectorRow } from '../vectors/vector-rows.ts';
import type { VectorFileInfo } from '../vectors/vector-sidecar.ts';
import type { NearestOptions } from './check-query.ts';
import { VectorIndex } from './vector-index.ts';

/** A row of a file of vectors that is near another vector. */
export interface SearchHit extends VectorRow {
  /** As {@link VectorIndex.nearest} gives it. */
  readonly distance: number;
}

/** Vectors with their rows and what they are, ready to be searched. */
export interface SearchableVectors {
  readonly info: VectorFileInfo;
  readonly rows: readonly VectorRow[];
  readonly index: VectorIndex;
  /** [count × size] */
  readonly vectors: Float32Array;
}

/**
 * Reads files of vectors to search in: one, or the shards of one.
 *
 * @throws ArgumentError for files of different latent spaces; LatentkitError `invalid-data` for a row whose vector is not
 *   finite; as `openVectors`
 */
export async function openSearch(paths: string | readonly string[]): Promise<SearchableVectors> {
  const list = typeof paths === 'string' ? [paths] : paths;
  if (!Array.isArray(list) || list.length === 0) {
    throw new ArgumentError('files of vectors', 'the path of one, or several', paths);
  }
  const loaded = [];
  for (const path of list) loaded.push(await loadVectors(path));
  const [first, ...others] = loaded as [(typeof loaded)[number], ...typeof loaded];
  for (const [i, { info }] of others.entries()) {
    checkSpace(list[i + 1] as string, info, { name: list[0] as string, space: first.info.space });
  }
  const count = loaded.reduce((sum, { info }) => sum + info.count, 0);
  const { size } = first.info;
  const vectors = others.length === 0 ? first.vectors : new Float32Array(count * size);
  let at = 0;
  for (const one of others.length === 0 ? [] : loaded) {
    vectors.set(one.vectors, at);
    at += one.vectors.length;
  }
  return {
    info: { ...first.info, count },
    rows: loaded.flatMap(({ rows }) => [...rows]),
    vectors,
    index: indexOf(vectors, size, loaded, list),
  };
}

/** @throws as {@link openSearch}, of numbers that are not finite by the row that has them */
function indexOf(
  vectors: Float32Array,
  size: number,
  loaded: readonly LoadedVectors[],
  paths: readonly string[],
): VectorIndex {
  try {
    return new VectorIndex(vectors, size);
  } catch (cause) {
    if (!InputError.isInstance(cause)) throw cause;
    for (const [i, one] of loaded.entries()) {
      const at = one.vectors.findIndex((value) => !Number.isFinite(value));
      if (at < 0) continue;
      const row = one.rows[Math.floor(at / size)] as VectorRow;
      throw new LatentkitError(
        'invalid-data',
        `The vector of '${row.id}' in ${paths[i]} holds ${one.vectors[at]}: its numbers must be finite. Embed that file again.`,
        { cause },
      );
    }
    throw cause;
  }
}

/**
 * The rows nearest to a vector, the nearest first.
 *
 * @param query [size], of the same latent space ({@link checkSpace})
 * @throws as {@link VectorIndex.nearest}
 */
export async function searchVectors(
  vectors: SearchableVectors,
  query: Float32Array,
  options: NearestOptions = {},
): Promise<SearchHit[]> {
  checkObject('vectors', vectors, 'vectors to search in, as openSearch gives them');
  const { index, rows } = vectors;
  if (!(index instanceof VectorIndex) || !Array.isArray(rows)) {
    throw new ArgumentError('vectors', 'vectors to search in, as openSearch gives them', vectors);
  }
  const found = await index.nearest(query, options);
  return found.map(({ index: at, distance }) => ({ ...(rows[at] as VectorRow), distance }));
}

/**
 * Shows that vectors lie in the latent space of something else: numbers of different spaces say nothing of
 * each other.
 *
 * @param path of the vectors, for the message
 * @param other a model or a file, by its name and space
 * @throws ArgumentError
 */
export function checkSpace(
  path: string,
  info: Pick<VectorFileInfo, 'space' | 'model'>,
  other: { readonly name: string; readonly space: string },
): void {
  checkText('path', path);
  checkObject('info', info);
  checkObject('other', other);
  const { space, model } = info;
  checkText('space', space);
  checkText('space', other.space);
  if (space === other.space) return;
  throw new ArgumentError(
    'vectors',
    `vectors of the latent space of ${other.name} (${other.space.slice(0, 12)}…); embed the files with that model, or search with the model that made them`,
    `${path}, of the latent space of ${model} (${space.slice(0, 12)}…)`,
  );
}
