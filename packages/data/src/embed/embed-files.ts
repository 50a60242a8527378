import { resolve } from 'node:path';
import {
  ArgumentError,
  type Autoencoder,
  type Encoder,
  LatentkitError,
  sizeOf,
} from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import type { Fault } from '../sources/picture-source.ts';
import { openVectors } from '../vectors/read-vectors.ts';
import { vectorFormatOf } from '../vectors/vector-format.ts';
import type { VectorBlock, VectorRow } from '../vectors/vector-rows.ts';
import { writeVectors } from '../vectors/write-vectors.ts';
import { EmbeddingJournal, type JournalHead, type KnownRow } from './embedding-journal.ts';
import { together } from './item-batches.ts';
import type { ItemSource, ReadItem } from './item-source.ts';
import { openItems } from './open-items.ts';
import { checkShard, isInShard, type Shard } from './shard.ts';

export interface EmbedProgress {
  /** Files behind in this run, and all that it has to do. */
  readonly done: number;
  readonly total: number;
  readonly bad: number;
  readonly imagesPerSecond: number;
}

export interface EmbedFilesOptions {
  /** Where the vectors go; the format is that of its ending: .parquet, .npy, .jsonl or .csv. */
  readonly out: string;
  /** Add the ELBO of each item in nats, from one draw under seed 0, the same for all; needs the whole model. */
  readonly score?: boolean | undefined;
  /** The label of all items, for a conditional model. */
  readonly condition?: string | number | undefined;
  /** The folder or URL of the model, to be written down with the vectors: a search finds the model there. */
  readonly modelPath?: string | undefined;
  /** Only one part of the files; the parts together are all of them. */
  readonly shard?: Shard | undefined;
  /** Items that are encoded together; 128 by default. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
}

/** What came of {@link embedFiles}. */
export interface EmbedReport {
  /** The files that were written, the one asked for first. */
  readonly files: readonly string[];
  /** Rows of the output. */
  readonly rows: number;
  /** Of them, those encoded now, and those taken over from earlier runs. */
  readonly embedded: number;
  readonly unchanged: number;
  /** Files that are not in the output, and why. */
  readonly bad: readonly Fault[];
  readonly space: string;
  readonly size: number;
  readonly seconds: number;
}

/**
 * Embeds pictures (or the items of arrays) into a file of vectors, a row each: id, SHA-256 of the contents,
 * vector, and by option the score; with them the identity of the latent space.
 *
 * Vectors are kept in a folder beside the output (`….part`) until all are there: a run that was interrupted
 * goes on where it stopped, and files that did not change since an earlier run are not embedded again. The
 * output appears whole. A file that cannot be read is listed and left out. Memory grows with the list of
 * files, about half a kilobyte each, not with their contents.
 *
 * @param model from `loadEncoder` or `loadAutoencoder`
 * @param sources a path or several: folders, globs, lists, archives and arrays, or single pictures
 * @throws ArgumentError; LatentkitError `not-found`, `invalid-data` (none of the files can be read), `in-use`,
 *   `unwritable`, `missing-dependency`; AbortedError
 */
export async function embedFiles(
  model: Encoder | Autoencoder,
  sources: string | readonly string[],
  options: EmbedFilesOptions,
): Promise<EmbedReport> {
  const began = performance.now();
  const checked = check(model, options);
  const { signal } = options;
  throwIfAborted(signal, 'Embedding');
  const source = await openItems(typeof sources === 'string' ? [sources] : sources, signal);
  const mine = source.entries.flatMap(({ id }, i) => (isInShard(id, options.shard) ? [i] : []));
  const out = resolve(options.out);
  const journal = await EmbeddingJournal.open(`${out}.part`, checked.head);
  let whole = false;
  try {
    const before = await takeOver(journal, out, checked.head, options.shard);
    const run = new Run(source, mine, journal, checked, options);
    const { bad, embedded } = await run.embed();
    const rows = run.rows();
    if (rows.length === 0 && bad.length > 0) throw noneReadable(source, bad);
    const same = before === rows.length && embedded === 0 && run.renewed === 0;
    const files = same
      ? [out]
      : await writeVectors(
          out,
          {
            ...checked.head,
            count: rows.length,
            modelPath: options.modelPath,
            shard: options.shard,
          },
          blocksOf(rows, journal, signal),
        );
    whole = true;
    return {
      files,
      rows: rows.length,
      embedded,
      unchanged: rows.length - embedded,
      bad: [...source.faults, ...bad],
      space: checked.head.space,
      size: checked.head.size,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    // An empty journal is of no use to the next run.
    await (whole || journal.count === 0 ? journal.remove() : journal.close());
  }
}

interface Checked {
  readonly head: JournalHead;
  readonly encoder: Encoder;
  /** Scores of a batch, for a model that is asked for them. */
  readonly score: Autoencoder | undefined;
  readonly batchSize: number;
}

function check(model: Encoder | Autoencoder, options: EmbedFilesOptions): Checked {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(
      'options',
      "an object of options, such as { out: 'vectors.parquet' }",
      options,
    );
  }
  const { score = false, batchSize = 128, out, shard } = options;
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
  vectorFormatOf(out);
  checkShard(shard);
  const { card, space } = encoder;
  return {
    head: { space, model: card.name, size: card.latent.size, scored: score },
    encoder,
    score: score && whole ? model : undefined,
    batchSize,
  };
}

/**
 * Takes the vectors of an earlier output into a journal that is empty.
 *
 * @returns how many, if all of the journal came from there, and it says of the same part of the work
 */
async function takeOver(
  journal: EmbeddingJournal,
  out: string,
  head: JournalHead,
  shard: Shard | undefined,
): Promise<number | undefined> {
  if (journal.count > 0) return undefined;
  try {
    const { info, blocks } = await openVectors(out);
    const usable = info.space === head.space && info.scored === head.scored;
    if (!usable) return undefined;
    for await (const block of blocks()) await journal.append(block);
    const samePart = info.shard?.index === shard?.index && info.shard?.of === shard?.of;
    return samePart ? info.count : undefined;
  } catch (error) {
    // None is there, or it is damaged: all is embedded anew.
    const expected = LatentkitError.isInstance(error) && error.code !== 'unwritable';
    if (!expected) throw error;
    return undefined;
  }
}

/** Encodes what is not known yet. */
class Run {
  /** Files whose time of change is another, but whose contents are the same. */
  renewed = 0;
  readonly #source: ItemSource;
  readonly #mine: readonly number[];
  readonly #journal: EmbeddingJournal;
  readonly #checked: Checked;
  readonly #options: EmbedFilesOptions;
  readonly #bad: Fault[] = [];
  readonly #badIndices = new Set<number>();
  #embedded = 0;

  constructor(
    source: ItemSource,
    mine: readonly number[],
    journal: EmbeddingJournal,
    checked: Checked,
    options: EmbedFilesOptions,
  ) {
    this.#source = source;
    this.#mine = mine;
    this.#journal = journal;
    this.#checked = checked;
    this.#options = options;
  }

  async embed(): Promise<{ readonly bad: readonly Fault[]; readonly embedded: number }> {
    const { signal } = this.#options;
    const wanted = new Set(this.#mine.filter((index) => !this.#isUnchanged(index)));
    const items = this.#source.read(this.#checked.encoder.card, {
      wanted: (index) => wanted.has(index),
      knownSha256: (index) => this.#known(index)?.sha256,
      signal,
    });
    const tell = this.#teller(wanted.size);
    let batch: ReadItem[] = [];
    let running: Promise<void> = Promise.resolve();
    try {
      for await (const item of items) {
        if ('reason' in item) {
          this.#bad.push({ id: item.id, reason: item.reason });
          this.#badIndices.add(item.index);
          tell(1);
          continue;
        }
        batch.push(item);
        if (batch.length < this.#checked.batchSize) continue;
        // One batch is encoded while the next is read.
        await running;
        const full = batch;
        batch = [];
        running = this.#encode(full).then(() => tell(full.length));
        running.catch(() => {});
      }
    } finally {
      await running;
    }
    if (batch.length > 0) await this.#encode(batch);
    tell(batch.length);
    return { bad: this.#bad, embedded: this.#embedded };
  }

  /** The rows of the output, in the order of the source. */
  rows(): KnownRow[] {
    return this.#mine.flatMap((index) => {
      const row = this.#known(index);
      return row && !this.#badIndices.has(index) ? [row] : [];
    });
  }

  #known(index: number): KnownRow | undefined {
    return this.#journal.row(this.#source.entries[index]?.id ?? '');
  }

  #isUnchanged(index: number): boolean {
    const entry = this.#source.entries[index];
    const row = this.#known(index);
    return row !== undefined && row.bytes === entry?.bytes && row.stamp === entry.stamp;
  }

  async #encode(batch: readonly ReadItem[]): Promise<void> {
    const { encoder, score, head } = this.#checked;
    const { signal, condition } = this.#options;
    const fresh = batch.filter(({ values }) => values !== undefined);
    if (fresh.length > 0) {
      const items = together(fresh, sizeOf(encoder.card.item.shape));
      const given = { signal, condition };
      const { data: vectors } = await encoder.embed(items, given);
      const scores = await score?.score(items, { ...given, seed: 0, oneDraw: true });
      const rows = fresh.map((item, i) => this.#row(item, scores?.elbo[i]));
      await this.#journal.append({ rows, vectors });
      this.#embedded += rows.length;
    }
    const same = batch.filter(({ values }) => values === undefined);
    if (same.length > 0) {
      const known = same.map(({ index }) => this.#known(index) as KnownRow);
      const vectors = await this.#journal.vectorsOf(known);
      const rows = same.map((item, i) =>
        this.#row(item, head.scored ? known[i]?.score : undefined),
      );
      await this.#journal.append({ rows, vectors });
      this.renewed += rows.length;
    }
  }

  #row({ index, sha256 }: ReadItem, score: number | undefined): VectorRow {
    const { id, bytes, stamp } = this.#source.entries[index] as ItemSource['entries'][number];
    return { id, sha256, bytes, stamp, ...(score === undefined ? {} : { score }) };
  }

  #teller(total: number): (count: number) => void {
    const began = performance.now();
    let done = 0;
    return (count) => {
      done += count;
      this.#options.onProgress?.({
        done,
        total,
        bad: this.#bad.length,
        imagesPerSecond: (1000 * done) / Math.max(1, performance.now() - began),
      });
    };
  }
}

/** Rows of the journal that are read together. */
const READ_TOGETHER = 1024;

async function* blocksOf(
  rows: readonly KnownRow[],
  journal: EmbeddingJournal,
  signal: AbortSignal | undefined,
): AsyncGenerator<VectorBlock, void, undefined> {
  for (let from = 0; from < rows.length; from += READ_TOGETHER) {
    throwIfAborted(signal, 'Embedding');
    const some = rows.slice(from, from + READ_TOGETHER);
    const vectors = await journal.vectorsOf(some);
    yield { rows: some.map(({ at: _, ...row }) => row), vectors };
  }
}

const SHOWN = 20;

function noneReadable({ location }: ItemSource, bad: readonly Fault[]): LatentkitError {
  const more = bad.length - SHOWN;
  return new LatentkitError(
    'invalid-data',
    [
      `None of the ${bad.length} pictures in ${location} can be read:`,
      ...bad.slice(0, SHOWN).map(({ id, reason }) => `  - ${id}: ${reason}`),
      ...(more > 0 ? [`  - and ${more} more`] : []),
      'See that these are pictures.',
    ].join('\n'),
  );
}
