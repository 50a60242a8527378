import { type ItemOptions, type ItemRows, type Items, itemRows } from '../batch/batch.ts';
import { type Condition, conditionRows } from '../batch/condition.ts';
import { type Batch, itemsOf, type PictureReader } from '../batch/pictures.ts';
import { batchCondition, StreamCondition } from '../batch/stream-condition.ts';
import type { ModelCard } from '../card/card.ts';
import { checkNames } from '../errors/check.ts';
import type { LatentKind, LatentOf } from '../latents/index.ts';
import { centreOf, definitionOf, latentOf } from '../latents/look-up.ts';
import { type OneDraw, posteriorNoiseRows } from '../latents/noise.ts';
import { OpenCalls } from '../run/open-calls.ts';
import type { Rows } from '../run/rows.ts';
import type { GraphRunOptions, NamedTensors, RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { runInBatches, type StreamOptions, type StreamSource } from '../run/stream.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { FEEDS, ITEMS, JOIN } from './between-halves.ts';
import { checkOutputs } from './check-outputs.ts';

export interface EmbedOptions extends RunOptions, ItemOptions {
  /** The label of each item (or of all), for a conditional model. */
  readonly condition?: Condition | undefined;
}

export interface EncodeOptions extends EmbedOptions, OneDraw {
  /** For a flow or ladder, whose draw is made inside the encoder: seed of the noise; without one it is 0. */
  readonly seed?: number | undefined;
  /** Factor on that noise, ≥ 0; 1 by default. */
  readonly temperature?: number | undefined;
}

/** The names of options, made once, and written out: bundlers keep what is spread. */
const EMBED: Readonly<Record<keyof EmbedOptions, true>> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
};
const ENCODE: Readonly<Record<keyof EncodeOptions, true>> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  seed: true,
  temperature: true,
  oneDraw: true,
};
const STREAM: Readonly<Record<keyof (EmbedOptions & StreamOptions), true>> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  batchSize: true,
};

/** Items of a stream, or pictures, and what is said of them. */
export interface ConditionedItems<P = never> {
  readonly items: Batch<P>;
  /** The label of each (or of all), for a conditional model. */
  readonly condition?: Condition | undefined;
}

/** The name of what is added to embeddings on their way to the decoder: no graph of ours has such an input. */
export const OFFSET = 'latentkit:offset';

/**
 * The encoder half of a model: items in, latents out. Where the runtime reads pictures (`P`), they may be given
 * in the place of items.
 */
export class Encoder<K extends LatentKind = LatentKind, P = never> {
  readonly card: ModelCard;
  /** The identity of the latent space: vectors are comparable with those of the same space alone. */
  readonly space: string;
  readonly #session: Session;
  readonly #calls: OpenCalls;
  readonly #readPictures: PictureReader<P> | undefined;
  /** The output that embeddings are read off. */
  readonly #centre: readonly string[];
  readonly #itemDims: readonly number[];
  /** A model may use its condition in the decoder alone. */
  readonly #takesLabels: boolean;
  readonly #takesNoise: boolean;

  constructor(card: ModelCard, session: Session, space: string, readPictures?: PictureReader<P>) {
    this.card = card;
    this.space = space;
    this.#session = session;
    this.#calls = new OpenCalls(session.name);
    this.#readPictures = readPictures;
    const { inputs } = card.graphs.encoder;
    const [, ...itemDims] = inputs.find(({ name }) => name === 'x')?.shape ?? [];
    this.#itemDims = itemDims as number[];
    this.#takesLabels = inputs.some(({ name }) => name === 'y');
    const { centreOutput, takesNoise } = definitionOf(card.latent);
    this.#centre = [centreOutput];
    this.#takesNoise = takesNoise;
  }

  /** The device that runs the encoder. */
  get device(): string {
    return this.#session.runner.device;
  }

  /**
   * Encodes a batch of n items, or n pictures.
   *
   * @returns the posterior (or code) of each item
   * @throws InputError for a batch or condition that does not fit the card; DisposedError; AbortedError; what reading a
   *   picture throws
   */
  encode(items: Batch<P>, options: EncodeOptions = {}): Promise<LatentOf<K>> {
    return this.#calls.during(async () => {
      checkNames(options, ENCODE);
      const { signal } = options;
      const outputs = await this.#run(await this.#rowsOf(items, options), options, { signal });
      return latentOf(outputs, this.card.latent) as LatentOf<K>;
    });
  }

  async #rowsOf(batch: Batch<P>, options: EmbedOptions): Promise<ItemRows> {
    return itemRows(await this[ITEMS](batch, options), this.card, options);
  }

  async #run(
    items: ItemRows,
    options: EncodeOptions,
    { signal, transfer, wanted }: GraphRunOptions,
  ): Promise<NamedTensors> {
    const run = { signal, transfer, wanted, pixels: items.pixels };
    const outputs = await this.#session.runRows(this[FEEDS](items, options), run);
    checkOutputs(outputs, this.card.graphs.encoder.outputs, items.count);
    return outputs;
  }

  /** What the graph is fed for items. */
  [FEEDS]({ count, pixels, rows }: ItemRows, options: EncodeOptions): Rows {
    const { condition, seed, temperature, oneDraw } = options;
    const labels = conditionRows(condition, this.card, count);
    const noise = this.#takesNoise
      ? posteriorNoiseRows(this.card.latent.size, { seed, temperature, oneDraw })
      : undefined;
    const feeds = (from: number, to: number) => {
      const data = rows(from, to);
      const dims = [to - from, ...this.#itemDims];
      const made: Record<string, Tensor> = {
        x: { data, dims, dtype: pixels ? 'uint8' : 'float32' } as Tensor,
      };
      if (labels && this.#takesLabels) made['y'] = labels(from, to);
      if (noise) made['eps'] = noise(to - from);
      return made;
    };
    return { count, feeds };
  }

  /**
   * A session of this graph and the decoder's, where the device hands embeddings from one to the other; see
   * {@link GraphRunner.into}.
   */
  [JOIN](decoder: Session): Session | undefined {
    const { decoderInput, centreOutput } = definitionOf(this.card.latent);
    // Codes are looked up on the way.
    if (decoderInput !== 'z') return undefined;
    return this.#session.into(decoder, { output: centreOutput, input: 'z', offset: OFFSET });
  }

  /**
   * Embeds a batch of n items, or n pictures: the posterior mean (or the code), never a random draw.
   *
   * @returns [n, latentSize]
   * @throws as {@link Encoder.encode}
   */
  embed(items: Batch<P>, options: EmbedOptions = {}): Promise<Tensor<'float32'>> {
    return this.#calls.during(async () => {
      checkNames(options, EMBED);
      const { signal, condition } = options;
      const rows = await this.#rowsOf(items, options);
      const outputs = await this.#run(rows, { condition }, { signal, wanted: this.#centre });
      return centreOf(outputs, this.card.latent);
    });
  }

  /**
   * Embeds a stream of items in bounded memory; see {@link runInBatches}.
   *
   * @param source chunks of any number of items each (or pictures, which are read a chunk at a time), with or
   *   without conditions of their own
   * @param options.condition one label for all items, or one for each of the stream's
   * @returns batches [batchSize, latentSize] in the order of the items, the last one maybe smaller
   * @throws as {@link Encoder.encode}, and what the source throws
   */
  stream(
    source: StreamSource<Batch<P> | ConditionedItems<P>>,
    options: StreamOptions & EmbedOptions = {},
  ): AsyncGenerator<Tensor<'float32'>, void, undefined> {
    checkNames(options, STREAM);
    const labels = new StreamCondition(options.condition, this.card);
    return runInBatches(source, {
      ...options,
      what: 'The encoder stream',
      session: this.#session,
      rowSize: sizeOf(this.card.item.shape),
      besideSize: labels.size,
      open: async (chunk) => {
        const { items, condition } = isConditioned<P>(chunk) ? chunk : { items: chunk };
        const rows = await this.#rowsOf(items, options);
        return { ...rows, beside: labels.next(rows.count, condition) };
      },
      run: async (rows, { signal, transfer }) => {
        const condition = batchCondition(rows.beside, rows.count);
        const run = { signal, transfer, wanted: this.#centre };
        return centreOf(await this.#run(rows, { condition }, run), this.card.latent);
      },
      end: () => labels.end(),
    });
  }

  /** The items of a batch: those that pictures become, or those that were given, which are not looked at. */
  [ITEMS](batch: Batch<P>, { signal }: Pick<EmbedOptions, 'signal'> = {}): Items | Promise<Items> {
    return itemsOf(batch, this.card, this.#readPictures, signal);
  }

  /** Lets the calls already made finish, and frees the session. Idempotent; later ones, and streams, end with DisposedError. */
  dispose(): Promise<void> {
    return this.#calls.end(() => this.#session.dispose());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function isConditioned<P>(chunk: unknown): chunk is ConditionedItems<P> {
  return typeof chunk === 'object' && chunk !== null && 'items' in chunk;
}
