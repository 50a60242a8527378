import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkOptions, throwIfAborted } from '@latentkit/core/runtime';
import { temporaryBeside } from '@latentkit/system';
import { checkSpace } from '../search/search-vectors.ts';
import { someNames } from '../some-names.ts';
import type { Fault } from '../sources/picture-source.ts';
import { checkTarget } from '../stores/check-target.ts';
import type { OpenStore } from '../stores/vector-store.ts';
import { checkReplaced } from '../vectors/check-replaced.ts';
import { openVectors } from '../vectors/read-vectors.ts';
import { VECTOR_FORMATS } from '../vectors/vector-format.ts';
import type { VectorBlock, VectorInfo } from '../vectors/vector-rows.ts';
import { writeVectors } from '../vectors/write-vectors.ts';
import { checkAlike, checkManifests, checkShards, type Part } from './check-parts.ts';
import { type Doubled, hashOf, IdLedger } from './id-ledger.ts';
import { MOST_NAMES, PartsError } from './parts-error.ts';

export interface MergeOptions {
  /** The file that all rows go to; its format is that of its ending. */
  readonly out?: string | undefined;
  /** Or the store that they go to, each as a new row or in the place of the one that has its id. */
  readonly to?: OpenStore | undefined;
  /** The manifests that the parts were made of, or folders of them (`.jsonl`): each has to have its part. */
  readonly manifests?: string | readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface MergeReport {
  /** The files that were written, the one asked for first; none where the rows went to a store. */
  readonly files: readonly string[];
  readonly rows: number;
  /** The files that were read, in the order of their rows in the output. */
  readonly parts: readonly string[];
  /** Items that the parts had and could not read, and why: they have no row. */
  readonly leftOut: readonly Fault[];
}

/** Names that a message lists. */
const SHOWN = 10;

/**
 * Puts the parts that `embedFiles` wrote, of shards, manifests or a queue, into one file of vectors. All have to be there,
 * each once, of one latent space; no picture may be in two of them. Files that know of no parts are taken as they
 * are. A file is there whole or not at all. Into a store rows go once all parts were read and found whole; run it again after
 * an interruption. Memory does not grow with the rows: beyond a million, hashes of ids go to
 * a folder beside the output for the time being, 20 bytes each.
 *
 * @param parts files of vectors, and folders that hold them
 * @throws ArgumentError, also for an output of another latent space; PartsError for parts that are missing or doubled, with their names; LatentkitError `not-found`,
 *   `invalid-data` for parts that are damaged or do not belong together; `unwritable`; AbortedError
 */
export async function mergeVectors(
  parts: string | readonly string[],
  options: MergeOptions,
): Promise<MergeReport> {
  checkOptions(options, "{ out: 'vectors.parquet' }");
  const { signal, onProgress, to } = options;
  checkTarget(options.out, to);
  const out = to ? undefined : resolve(options.out as string);
  const paths = await vectorFiles(listOf('parts', parts), out);
  const found: Part[] = [];
  for (const path of paths) {
    throwIfAborted(signal, 'Merging');
    found.push({ path, info: (await openVectors(path)).info });
  }
  found.sort((a, b) => (a.info.shard?.index ?? 0) - (b.info.shard?.index ?? 0));
  checkAlike(found);
  checkShards(found);
  if (out !== undefined) await checkReplaced(out, (found[0] as Part).info);
  const lists = listOf('manifests', options.manifests ?? []);
  await checkManifests(found, await filesAmong(lists, (name) => extname(name) === '.jsonl'));
  const { shard: _, manifest: _of, leftOut: _out, ...info } = (found[0] as Part).info;
  const count = found.reduce((sum, { info }) => sum + info.count, 0);
  const ledger = new IdLedger(temporaryBeside(out ?? join(tmpdir(), 'latentkit-merge')));
  const tell = (done: number) => onProgress?.(done, count);
  try {
    if (to) {
      // Read whole before a row goes in: what is damaged, or there twice, is found then.
      const seen = allBlocks(found, ledger, signal, (done) => tell(Math.floor(done / 2)));
      for await (const _ of seen);
      await fillStore(
        to,
        info,
        allBlocks(found, undefined, signal, (done) => tell(Math.ceil((count + done) / 2))),
      );
    }
    return {
      files:
        out === undefined
          ? []
          : await writeVectors(out, { ...info, count }, allBlocks(found, ledger, signal, tell)),
      rows: count,
      parts: found.map(({ path }) => path),
      leftOut: found.flatMap(({ info }) => info.leftOut ?? []),
    };
  } finally {
    await ledger.remove();
  }
}

async function fillStore(
  open: OpenStore,
  { space, model, size, modelPath }: VectorInfo,
  blocks: AsyncIterable<VectorBlock>,
): Promise<void> {
  const store = await open({ space, model, size, modelPath });
  try {
    checkSpace(store.address, store.info, { name: model, space });
    for await (const block of blocks) await store.upsert(block);
  } finally {
    await store.close();
  }
}

function listOf(name: string, paths: string | readonly string[]): readonly string[] {
  const list = typeof paths === 'string' ? [paths] : paths;
  if (Array.isArray(list) && list.every((path) => typeof path === 'string')) return list;
  throw new ArgumentError(name, 'paths of files, or of folders of them', paths);
}

async function vectorFiles(parts: readonly string[], out: string | undefined): Promise<string[]> {
  if (out !== undefined && parts.some((path) => resolve(path) === out)) {
    throw new ArgumentError('out', 'a file that is none of the parts', out);
  }
  const found = await filesAmong(
    parts,
    // Beside an array stands a line for each of its rows, which is no file of vectors.
    (name) =>
      VECTOR_FORMATS.some((known) => extname(name) === `.${known}`) &&
      !name.endsWith('.npy.rows.jsonl') &&
      // Not yet whole.
      !name.startsWith('.'),
  );
  const others = found.filter((path) => path !== out);
  if (others.length > 0) return others;
  throw new LatentkitError(
    'not-found',
    `There are no files of vectors (${VECTOR_FORMATS.map((known) => `.${known}`).join(', ')}) in ${parts.join(', ') || 'nothing'}. Make them with 'latentkit embed'.`,
  );
}

async function* allBlocks(
  parts: readonly Part[],
  ledger: IdLedger | undefined,
  signal: AbortSignal | undefined,
  tell: (done: number) => void,
): AsyncGenerator<VectorBlock, void, undefined> {
  let done = 0;
  for (const [i, { path }] of parts.entries()) {
    for await (const block of (await openVectors(path)).blocks()) {
      throwIfAborted(signal, 'Merging');
      await ledger?.add(
        block.rows.map(({ id }) => id),
        i,
      );
      yield block;
      done += block.rows.length;
      tell(done);
    }
  }
  const doubled = (await ledger?.doubled(MOST_NAMES)) ?? [];
  if (doubled.length > 0) throw await doubledItems(parts, doubled);
}

/** Reads the files of doubled items again, for their names. */
async function doubledItems(
  parts: readonly Part[],
  doubled: readonly Doubled[],
): Promise<PartsError> {
  const byHash = new Map(doubled.map((each) => [each.hash, each]));
  const found: { readonly id: string; readonly says: string }[] = [];
  for (const holder of new Set(doubled.map(({ holders: [first] }) => first))) {
    for await (const { rows } of (await openVectors((parts[holder] as Part).path)).blocks()) {
      for (const { id } of rows) {
        const twice = byHash.get(hashOf(id));
        if (!twice) continue;
        byHash.delete(twice.hash);
        const [first, second] = twice.holders.map((index) => parts[index]?.path);
        found.push({ id, says: `${first} and ${second} both hold '${id}'` });
      }
    }
  }
  const says = someNames(
    found.map(({ says }) => says),
    SHOWN,
  );
  return new PartsError(`Items are in two rows: ${says}. Merge parts of one sharing out alone.`, {
    doubled: found.map(({ id }) => id),
  });
}

/** The files among paths: those named, and those of one kind in the folders named. */
async function filesAmong(
  paths: readonly string[],
  isOne: (name: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths.map((each) => resolve(each))) {
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) found.push(path);
    else
      found.push(
        ...(await readdir(path))
          .filter(isOne)
          .sort()
          .map((name) => join(path, name)),
      );
  }
  return [...new Set(found)];
}
