import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ArgumentError, type Autoencoder, type Encoder, LatentkitError } from '@latentkit/core';
import { checkText, throwIfAborted } from '@latentkit/core/runtime';
import { checkSpace } from '../search/search-vectors.ts';
import { noneReadable } from '../sources/none-readable.ts';
import type { Fault } from '../sources/picture-source.ts';
import { checkTarget } from '../stores/check-target.ts';
import type { OpenStore, VectorStore } from '../stores/vector-store.ts';
import { checkReplaced } from '../vectors/check-replaced.ts';
import { type Manifest, readManifest } from '../vectors/manifest.ts';
import type { VectorFile } from '../vectors/read-vectors.ts';
import type { VectorBlock } from '../vectors/vector-rows.ts';
import type { VectorFileInfo } from '../vectors/vector-sidecar.ts';
import { writeVectors } from '../vectors/write-vectors.ts';
import { type EmbeddingOf, EmbeddingRun, type EmbedProgress } from './embedding-run.ts';
import type { ItemSource } from './item-source.ts';
import { listedItems } from './listed-items.ts';
import { openItems } from './open-items.ts';
import { EmbeddingJournal } from './rows/embedding-journal.ts';
import type { JournalHead, KnownRow, RowKeeper } from './rows/row-keeper.ts';
import { RowsInMemory } from './rows/rows-in-memory.ts';
import { RowsInStore } from './rows/rows-in-store.ts';
import { checkShard, isInShard, type Shard } from './shard.ts';

export interface EmbedFilesOptions {
  /** The file that the vectors go to; its format is that of its ending: .parquet, .npy, .jsonl or .csv. */
  readonly out?: string | undefined;
  /** Or the store that they go to, such as `(info) => openStore('sqlite:vectors.db', info)` of `@latentkit/stores`. */
  readonly to?: OpenStore | undefined;
  /** Add the ELBO of each item in nats, from one draw under seed 0, the same for all; needs the whole model. */
  readonly score?: boolean | undefined;
  /**
   * The label of all items, for a conditional model; by default each has its own, by its source or by the folder that it
   * lies in.
   */
  readonly condition?: string | number | undefined;
  /** The folder or URL of the model, to be written down with the vectors: a search finds the model there. */
  readonly modelPath?: string | undefined;
  /** Only one part of the files; the parts together are all of them. */
  readonly shard?: Shard | undefined;
  /**
   * Only the items that a file lists, a line each: `{"id":"cats/1.png"}`. With `bytes` and `stamp`, as the rows of a file
   * of vectors have them, an item must not have changed since.
   */
  readonly manifest?: string | undefined;
  /**
   * Keep what is embedded beside the output, so that a run that was interrupted goes on where it stopped; true by default.
   * Otherwise it is kept in memory, and several processes may write the same output: it is there whole, from one of
   * them. A store keeps each batch in any case.
   */
  readonly resumable?: boolean | undefined;
  /**
   * Take out of the store the rows of ids that the sources do not have: of a store that these sources alone fill. False by
   * default.
   */
  readonly prune?: boolean | undefined;
  /** Items that are encoded together; 128 by default. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
}

/** What came of {@link embedFiles}. */
export interface EmbedReport {
  /** The files that were written, the one asked for first; none where the vectors went to a store. */
  readonly files: readonly string[];
  /** Rows of the output; in a store, those of these sources. */
  readonly rows: number;
  /** Of them, those encoded now, and those taken over from earlier runs. */
  readonly embedded: number;
  readonly unchanged: number;
  /** Into a store: the rows that it holds in all, whatever they came from. */
  readonly stored?: number | undefined;
  /** Where rows of items that are gone were to be taken out of a store: how many were. */
  readonly pruned?: number | undefined;
  /** Files that are not in the output, and why. */
  readonly bad: readonly Fault[];
  readonly space: string;
  readonly size: number;
  readonly seconds: number;
}

/**
 * Embeds pictures (or the items of arrays) into a file of vectors or a store, a row each: id, SHA-256 of the contents,
 * vector, and by option the score; with them the identity of the latent space.
 *
 * Vectors are kept in a folder beside the output (`….part`) until all are there: a run that was interrupted
 * goes on where it stopped, and files that did not change since an earlier run are not embedded again. The
 * output appears whole. A file that cannot be read is listed and left out. Memory grows with the list of
 * files, about half a kilobyte each, not with their contents.
 *
 * Into a store go batches, each of them whole: what is there counts as done in the next run. A row takes the place of the
 * one that has its id; that of a file that can no longer be read goes; those of ids that the sources do not have stay,
 * since a store may be filled from several, unless they are to be pruned.
 *
 * A part of the work (a shard, the items of a manifest, a {@link partOf}) says in its output which one it is, and which of
 * its items were left out, be it all of them: `mergeVectors` sees whether all parts are there.
 *
 * @param model from `loadEncoder` or `loadAutoencoder`
 * @param sources a path or several: folders, globs, lists, archives and arrays, or single pictures; or what `openItems`
 *   gave, which is listed once for several calls
 * @throws ArgumentError, also for an output of another latent space; InputError for items without a label, where a
 *   conditional model is told none; LatentkitError `not-found`, `invalid-data` (none of the files can be read, unless they are a part;
 *   a manifest that lists what is not there), `in-use`, `unwritable`, `missing-dependency`; AbortedError
 */
export async function embedFiles(
  model: Encoder | Autoencoder,
  sources: string | readonly string[] | ItemSource,
  options: EmbedFilesOptions,
): Promise<EmbedReport> {
  const began = performance.now();
  const checked = check(model, options);
  const { signal } = options;
  throwIfAborted(signal, 'Embedding');
  const { out, to } = options;
  const earlier = out === undefined ? undefined : await checkReplaced(resolve(out), checked.head);
  const manifest =
    options.manifest === undefined ? undefined : await readManifest(options.manifest);
  const whole = isSource(sources)
    ? sources
    : await openItems(typeof sources === 'string' ? [sources] : sources, signal);
  const source = manifest ? listedItems(whole, manifest) : whole;
  if (options.prune && whole.part) {
    throw new ArgumentError('prune', 'all items of the sources, not a part of them', whole.part);
  }
  const part = partialOf(source, manifest, options.shard);
  const mine = source.entries.flatMap(({ id }, i) => (isInShard(id, options.shard) ? [i] : []));
  const work = { source, mine, part, checked, options };
  const done = await (to
    ? embedIntoStore(work, to)
    : embedIntoFile(work, resolve(out as string), earlier));
  return {
    ...done,
    unchanged: done.rows - done.embedded,
    bad: [...source.faults, ...done.bad],
    space: checked.head.space,
    size: checked.head.size,
    seconds: (performance.now() - began) / 1000,
  };
}

/** What is to be embedded, and how. */
interface Work {
  readonly source: ItemSource;
  /** Positions of the items. */
  readonly mine: readonly number[];
  readonly part: AboutPart | undefined;
  readonly checked: EmbeddingOf & { readonly resumable: boolean };
  readonly options: EmbedFilesOptions;
}

type Done = Pick<EmbedReport, 'files' | 'rows' | 'embedded' | 'bad' | 'stored' | 'pruned'>;

async function embedIntoStore(
  { source, mine, part, checked, options }: Work,
  open: OpenStore,
): Promise<Done> {
  const { scored: _, ...info } = checked.head;
  const store = await open({ ...info, modelPath: options.modelPath });
  try {
    checkSpace(store.address, store.info, { name: info.model, space: info.space });
    const ids = mine.map((index) => source.entries[index]?.id ?? '');
    const kept = await RowsInStore.open(store, ids, checked.head, options.signal);
    const run = new EmbeddingRun(source, mine, kept, checked, options);
    const { bad, embedded } = await run.embed();
    const rows = run.rows().length;
    if (!part) throwIfNone(source, rows, bad);
    await store.remove(bad.map(({ id }) => id));
    const pruned = options.prune ? { pruned: await prune(store, source) } : {};
    const stored = await store.count();
    return { files: [], rows, embedded, bad, stored, ...pruned };
  } finally {
    await store.close();
  }
}

/** @returns how many rows were taken out: those of ids that the source does not have */
async function prune(store: VectorStore, { entries, faults }: ItemSource): Promise<number> {
  const listed = new Set(entries.map(({ id }) => id));
  // What lies in a folder that cannot be looked into is not known to be gone.
  const unseen = (id: string) => faults.some((fault) => `${id}/`.startsWith(`${fault.id}/`));
  const gone: string[] = [];
  if (!store.ids) {
    throw new ArgumentError('prune', 'none, as this store does not list its ids', store.address);
  }
  for await (const ids of store.ids()) {
    gone.push(...ids.filter((id) => !listed.has(id) && !unseen(id)));
  }
  await store.remove(gone);
  return gone.length;
}

async function embedIntoFile(
  { source, mine, part, checked, options }: Work,
  out: string,
  earlier: VectorFile | undefined,
): Promise<Done> {
  const kept = checked.resumable
    ? await EmbeddingJournal.open(`${out}.part`, checked.head)
    : new RowsInMemory(checked.head.size);
  let isWhole = false;
  try {
    const before = await takeOver(kept, earlier, checked.head);
    const run = new EmbeddingRun(source, mine, kept, checked, options);
    const { bad, embedded } = await run.embed();
    const rows = run.rows();
    if (!part) throwIfNone(source, rows.length, bad);
    const about = part && { ...part, ...(bad.length > 0 ? { leftOut: bad } : {}) };
    const same =
      before?.count === rows.length &&
      embedded === 0 &&
      run.renewed === 0 &&
      isDeepStrictEqual(whatPartOf(before), whatPartOf(about ?? {}));
    const files = same
      ? [out]
      : await writeVectors(
          out,
          {
            ...checked.head,
            count: rows.length,
            modelPath: options.modelPath,
            ...about,
          },
          blocksOf(rows, kept, options.signal),
        );
    isWhole = true;
    return { files, rows: rows.length, embedded, bad };
  } finally {
    // An empty journal is of no use to the next run.
    await (isWhole || kept.count === 0 ? kept.remove() : kept.close());
  }
}

/** A part whose items cannot be read has no rows: the others are of use without them, and wait for it. */
function throwIfNone({ location }: ItemSource, rows: number, bad: readonly Fault[]): void {
  if (rows === 0 && bad.length > 0) throw noneReadable(location, bad);
}

function check(
  model: Encoder | Autoencoder,
  options: EmbedFilesOptions,
): EmbeddingOf & { readonly resumable: boolean } {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(
      'options',
      "an object of options, such as { out: 'vectors.parquet' }",
      options,
    );
  }
  const { score = false, batchSize = 128, resumable = true, out, to } = options;
  const { shard, manifest, prune } = options;
  if (typeof resumable !== 'boolean') throw new ArgumentError('resumable', 'a boolean', resumable);
  const whole = typeof model === 'object' && model !== null && 'encoder' in model;
  const encoder = whole ? model.encoder : model;
  if (typeof encoder?.embed !== 'function' || typeof encoder.space !== 'string') {
    throw new ArgumentError('model', 'an Encoder or an Autoencoder that is loaded', model);
  }
  if (score && !whole) {
    throw new ArgumentError(
      'model',
      'a whole Autoencoder, for scores (loadAutoencoder)',
      'an Encoder',
    );
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError('batchSize', 'an integer of at least 1', batchSize);
  }
  checkTarget(out, to);
  checkShard(shard);
  if (manifest !== undefined) {
    checkText('manifest', manifest, 'the path of a list of items');
    if (shard) throw new ArgumentError('manifest', 'either a manifest or a shard', 'both');
  }
  if (prune !== undefined && typeof prune !== 'boolean') {
    throw new ArgumentError('prune', 'a boolean', prune);
  }
  if (prune && to === undefined) {
    throw new ArgumentError('prune', 'a store: a file holds the rows of its sources alone', out);
  }
  if (prune && manifest !== undefined) {
    throw new ArgumentError('prune', 'all items of the sources, not those of a manifest', manifest);
  }
  const { card, space } = encoder;
  return {
    head: { space, model: card.name, size: card.latent.size, scored: score },
    encoder,
    score: score && whole ? model : undefined,
    batchSize,
    resumable,
  };
}

function isSource(value: unknown): value is ItemSource {
  return typeof value === 'object' && value !== null && 'entries' in value && 'read' in value;
}

/** What a file says of the part of the work that its rows are. */
type AboutPart = Pick<VectorFileInfo, 'shard' | 'manifest' | 'leftOut'>;

/** @returns undefined where it is all of the work */
function partialOf(
  { part }: ItemSource,
  manifest: Manifest | undefined,
  shard: Shard | undefined,
): AboutPart | undefined {
  if (manifest) return { manifest: manifest.digest };
  if (part && shard) throw new ArgumentError('shard', 'none, for a part of a plan', shard);
  return part || shard ? { shard: part ?? shard } : undefined;
}

const whatPartOf = ({ shard, manifest, leftOut }: AboutPart) => ({
  ...{ index: shard?.index, of: shard?.of, plan: shard?.plan, manifest },
  leftOut: leftOut ?? [],
});

/**
 * Takes over the vectors of an earlier output where none are kept yet.
 *
 * @returns what that output says of itself, if all that is kept came from there
 */
async function takeOver(
  kept: RowKeeper,
  earlier: VectorFile | undefined,
  head: JournalHead,
): Promise<VectorFileInfo | undefined> {
  if (kept.count > 0 || earlier?.info.scored !== head.scored) return undefined;
  const { info, blocks } = earlier;
  try {
    // Read to the end before any of it counts: that is where damage shows.
    for await (const _ of blocks());
    for await (const block of blocks()) await kept.append(block);
    return info;
  } catch (error) {
    // It is damaged, or another by now: all is embedded anew.
    const expected = LatentkitError.isInstance(error) && error.code !== 'unwritable';
    if (!expected) throw error;
    return undefined;
  }
}

/** Rows that are read together. */
const READ_TOGETHER = 1024;

async function* blocksOf(
  rows: readonly KnownRow[],
  kept: RowKeeper,
  signal: AbortSignal | undefined,
): AsyncGenerator<VectorBlock, void, undefined> {
  for (let from = 0; from < rows.length; from += READ_TOGETHER) {
    throwIfAborted(signal, 'Embedding');
    const some = rows.slice(from, from + READ_TOGETHER);
    const vectors = await kept.vectorsOf(some);
    yield { rows: some.map(({ at: _, ...row }) => row), vectors };
  }
}
