import { type Autoencoder, type Encoder, sizeOf } from '@latentkit/core';
import { conditionLabels } from '../items/condition-labels.ts';
import type { Fault } from '../sources/picture-source.ts';
import type { VectorRow } from '../vectors/vector-rows.ts';
import { together } from './item-batches.ts';
import type { ItemEntry, ItemSource, ReadItem } from './item-source.ts';
import { suffixOf, suffixUnder } from './rows/condition-stamp.ts';
import type { JournalHead, KnownRow, RowKeeper } from './rows/row-keeper.ts';

export interface EmbedProgress {
  /** Files behind in this run, and all that it has to do. */
  readonly done: number;
  readonly total: number;
  readonly bad: number;
  readonly imagesPerSecond: number;
}

/** What makes vectors of items. */
export interface EmbeddingOf {
  readonly head: JournalHead;
  readonly encoder: Encoder;
  /** Scores of a batch, for a model that is asked for them. */
  readonly score: Autoencoder | undefined;
  readonly batchSize: number;
}

interface RunOptions {
  readonly condition?: string | number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
}

/** Encodes what is not known yet. */
export class EmbeddingRun {
  /** Files whose time of change is another, but whose contents are the same. */
  renewed = 0;
  readonly #source: ItemSource;
  readonly #mine: readonly number[];
  readonly #kept: RowKeeper;
  readonly #checked: EmbeddingOf;
  readonly #options: RunOptions;
  /** What a conditional model is told of each item; undefined where it is the same for all. */
  readonly #labels: ReadonlyMap<number, string> | undefined;
  /** The ends of stamps by conditions, few as these are: each is a hash. */
  readonly #suffixes = new Map<string | number | undefined, string>();
  readonly #bad: Fault[] = [];
  readonly #badIndices = new Set<number>();
  #embedded = 0;

  /** @throws InputError for a conditional model that is told no label, on items without one */
  constructor(
    source: ItemSource,
    mine: readonly number[],
    kept: RowKeeper,
    checked: EmbeddingOf,
    options: RunOptions,
  ) {
    this.#source = source;
    this.#mine = mine;
    this.#kept = kept;
    this.#checked = checked;
    this.#options = options;
    const labels =
      options.condition === undefined
        ? conditionLabels(
            mine.map((index) => source.entries[index] as ItemEntry),
            checked.encoder.card,
          )
        : undefined;
    this.#labels = labels && new Map(labels.map((label, i) => [mine[i] as number, label]));
  }

  /** @throws what the model and the keeper of rows throw */
  async embed(): Promise<{ readonly bad: readonly Fault[]; readonly embedded: number }> {
    const { signal } = this.#options;
    const wanted = new Set(this.#mine.filter((index) => !this.#isUnchanged(index)));
    const items = this.#source.read(this.#checked.encoder.card, {
      wanted: (index) => wanted.has(index),
      knownSha256: (index) => this.#alike(index)?.sha256,
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
    return this.#kept.row(this.#source.entries[index]?.id ?? '');
  }

  /** The row of an item, if it was embedded under the same condition. */
  #alike(index: number): KnownRow | undefined {
    const row = this.#known(index);
    return row && suffixOf(row.stamp) === this.#suffixOf(index) ? row : undefined;
  }

  #isUnchanged(index: number): boolean {
    const entry = this.#source.entries[index];
    const row = this.#known(index);
    return entry !== undefined && row?.bytes === entry.bytes && row.stamp === this.#stampOf(index);
  }

  async #encode(batch: readonly ReadItem[]): Promise<void> {
    const { encoder, score, head } = this.#checked;
    const { signal } = this.#options;
    const fresh = batch.filter(({ values }) => values !== undefined);
    if (fresh.length > 0) {
      const items = together(fresh, sizeOf(encoder.card.item.shape));
      const condition = this.#labels
        ? fresh.map(({ index }) => this.#labels?.get(index) as string)
        : this.#options.condition;
      const given = { signal, condition };
      const { data: vectors } = await encoder.embed(items, given);
      const scores = await score?.score(items, { ...given, seed: 0, oneDraw: true });
      const rows = fresh.map((item, i) => this.#row(item, scores?.elbo[i]));
      await this.#kept.append({ rows, vectors });
      this.#embedded += rows.length;
    }
    const same = batch.filter(({ values }) => values === undefined);
    if (same.length > 0) {
      const known = same.map(({ index }) => this.#known(index) as KnownRow);
      const vectors = await this.#kept.vectorsOf(known);
      const rows = same.map((item, i) =>
        this.#row(item, head.scored ? known[i]?.score : undefined),
      );
      await this.#kept.append({ rows, vectors });
      this.renewed += rows.length;
    }
  }

  #row({ index, sha256 }: ReadItem, score: number | undefined): VectorRow {
    const entry = this.#source.entries[index] as ItemEntry;
    const { id, bytes } = entry;
    const stamp = this.#stampOf(index);
    return { id, sha256, bytes, stamp, ...(score === undefined ? {} : { score }) };
  }

  #stampOf(index: number): string {
    return `${this.#source.entries[index]?.stamp}${this.#suffixOf(index)}`;
  }

  #suffixOf(index: number): string {
    const condition = this.#labels ? this.#labels.get(index) : this.#options.condition;
    const suffix = this.#suffixes.get(condition) ?? suffixUnder(condition);
    this.#suffixes.set(condition, suffix);
    return suffix;
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
