import type { Autoencoder, Encoder } from '@latentkit/core';
import { type ItemSource, openItems } from '@latentkit/data';
import { type LoadOptions, loadAutoencoder, loadEncoder } from '@latentkit/node';
import { isServed } from '@latentkit/system';
import { digestOf, type ShardJob } from '../jobs/shard-job.ts';
import { StaleShard } from './stale-shard.ts';

type Model = Encoder | Autoencoder;

/**
 * The last model and the last sources that a worker had to do with: loading and listing them once a shard would take
 * longer than embedding it.
 */
export class Opened {
  readonly #loading: LoadOptions;
  #model: { readonly key: string; readonly value: Promise<Model> } | undefined;
  #source: { readonly key: string; readonly value: Promise<ItemSource> } | undefined;
  /** Models that another took the place of, while shards may still use them. */
  readonly #former: Promise<Model>[] = [];

  constructor(loading: LoadOptions) {
    this.#loading = loading;
  }

  /** The model of a job, whole where scores are wanted. @throws what loading throws */
  async model({
    model,
    score,
  }: ShardJob): Promise<{ readonly model: Model; readonly space: string }> {
    const key = JSON.stringify([model, score]);
    if (this.#model?.key !== key) {
      if (this.#model) this.#former.push(this.#model.value);
      const load: (source: string, options: LoadOptions) => Promise<Model> = score
        ? loadAutoencoder
        : loadEncoder;
      const { execution, ...others } = this.#loading;
      // A server decides where its models run.
      this.#model = {
        key,
        value: load(model, isServed(model) ? others : { ...others, execution }),
      };
    }
    const { value } = this.#model;
    try {
      const loaded = await value;
      return { model: loaded, space: loaded.space };
    } catch (error) {
      // The next shard tries again.
      if (this.#model?.value === value) this.#model = undefined;
      throw error;
    }
  }

  /**
   * The sources of a job, listed anew if the listing at hand is not the one that the job was cut from.
   *
   * @throws LatentkitError `not-found`, `invalid-data`; StaleShard where they hold other items by now
   */
  async source(job: ShardJob, signal: AbortSignal): Promise<ItemSource> {
    const key = JSON.stringify(job.sources);
    if (this.#source?.key === key) {
      const known = await this.#source.value.catch(() => undefined);
      if (known && isListed(known, job)) return known;
    }
    const value = openItems(job.sources, signal);
    this.#source = { key, value };
    const source = await value;
    if (isListed(source, job)) return source;
    throw new StaleShard(
      `${source.location} has changed since the shards were made: the items ${job.from} to ${job.to - 1} are others. Add it again, to another folder: that also clears what was set aside.`,
    );
  }

  async dispose(): Promise<void> {
    const models = this.#model ? [...this.#former, this.#model.value] : this.#former;
    for (const model of models) await (await model.catch(() => undefined))?.dispose();
  }
}

/** Whether a listing has at a job's place what the job was cut from. */
function isListed({ entries }: ItemSource, { from, to, items }: ShardJob): boolean {
  return digestOf(entries.slice(from, to)) === items;
}
