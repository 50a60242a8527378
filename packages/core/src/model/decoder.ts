import { type Latents, prepareLatents } from '../batch/batch.ts';
import { type Condition, conditionInput } from '../batch/condition.ts';
import type { ModelCard } from '../card/card.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { Codebook } from '../latents/codebook.ts';
import { outputOf } from '../run/outputs.ts';
import type { GraphRunOptions, RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { runInBatches, type StreamOptions, type StreamSource } from '../run/stream.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';

/** What a decoder says of each latent, in data space. */
export interface Decoded {
  /** The likelihood's mean, [n, …item shape]; probabilities for a Bernoulli likelihood. */
  readonly mean: Tensor<'float32'>;
  /** The mean before the sigmoid, for a Bernoulli likelihood, [n, …item shape]. */
  readonly logits?: Tensor<'float32'>;
}

/** Entries of the codebook by index: [n, height, width], or n grids one after the other. */
export type Codes = Tensor<'int32'> | Int32Array;

export interface DecodeOptions extends RunOptions {
  /** The label of each item (or of all), for a conditional model. */
  readonly condition?: Condition | undefined;
}

/** The decoder half of a model: latents in, items out. */
export class Decoder {
  readonly card: ModelCard;
  /** The entries that a latent of codes names; undefined for any other latent. */
  readonly codebook: Codebook | undefined;
  readonly #session: Session;

  constructor(card: ModelCard, session: Session, codebook?: Session) {
    this.card = card;
    this.#session = session;
    this.codebook =
      codebook && card.latent.kind === 'codes' ? new Codebook(card.latent, codebook) : undefined;
  }

  /** The device that runs the decoder. */
  get device(): string {
    return this.#session.runner.device;
  }

  /**
   * Decodes a batch of n latents, [n, latentSize], or, for a latent of codes, of n grids of indices.
   *
   * @throws InputError for latents or a condition that do not fit the card; DisposedError; AbortedError
   */
  async decode(latents: Latents | Codes, options: DecodeOptions = {}): Promise<Decoded> {
    const { signal } = options;
    return this.#run(await this.#vectors(latents, options), options, { signal });
  }

  /**
   * Decodes a stream of latents in bounded memory; see {@link runInBatches}.
   *
   * @param source chunks of any number of latents each
   * @returns batches of `batchSize` items in the order of the latents, the last one maybe smaller
   * @throws as {@link Decoder.decode}, and what the source throws
   */
  stream(
    source: StreamSource<Latents>,
    options: StreamOptions & { readonly condition?: string | number | undefined } = {},
  ): AsyncGenerator<Decoded, void, undefined> {
    const { size } = this.card.latent;
    return runInBatches(source, {
      ...options,
      what: 'The decoder stream',
      session: this.#session,
      rowSize: size,
      values: (latents) => prepareLatents(latents, size).data,
      run: (rows, run) => this.#run(tensor(rows, [rows.length / size, size]), options, run),
    });
  }

  async #run(
    z: Tensor<'float32'>,
    { condition }: DecodeOptions,
    run: GraphRunOptions,
  ): Promise<Decoded> {
    const count = z.dims[0] as number;
    const y = conditionInput(condition, this.card, count);
    const input = this.codebook ? 'z_q' : 'z';
    const [, ...shape] =
      this.card.graphs.decoder.inputs.find(({ name }) => name === input)?.shape ?? [];
    const feeds = {
      [input]: tensor(z.data, [count, ...(shape as number[])]),
      ...(y ? { y } : {}),
    };
    const outputs = await this.#session.run(feeds, run);
    const dims = [count, ...this.card.item.shape];
    const mean = tensor(outputOf(outputs, 'mean').data, dims);
    return 'logits' in outputs
      ? { mean, logits: tensor(outputOf(outputs, 'logits').data, dims) }
      : { mean };
  }

  async #vectors(latents: Latents | Codes, { signal }: RunOptions): Promise<Tensor<'float32'>> {
    const data = isTensor(latents) ? latents.data : latents;
    if (!(data instanceof Int32Array)) {
      return prepareLatents(latents as Latents, this.card.latent.size);
    }
    if (!this.codebook) {
      throw new InputError('latents', 'a float32 Tensor or Float32Array', describeValue(data));
    }
    return this.codebook.lookup(data, { signal });
  }

  /** Frees the sessions. Idempotent; calls afterwards reject with DisposedError. */
  async dispose(): Promise<void> {
    await Promise.all([this.#session.dispose(), this.codebook?.dispose()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
