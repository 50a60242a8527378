import { type Condition, conditionRows } from '../batch/condition.ts';
import { batchCondition, StreamCondition } from '../batch/stream-condition.ts';
import type { WholeCard } from '../card/card.ts';
import { checkOptions } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { Codebook, type Codes, GRIDS } from '../latents/codebook.ts';
import type { DecoderFeed } from '../latents/definition.ts';
import type { Latent, LatentKind } from '../latents/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { type Latents, prepareLatents } from '../latents/vectors.ts';
import { outputOf } from '../run/outputs.ts';
import type { GraphRunOptions, NamedTensors, RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import {
  runInBatches,
  type StreamOptions,
  type StreamRows,
  type StreamSource,
} from '../run/stream.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';
import { READ } from './between-halves.ts';
import { checkOutputs, itemSizes } from './check-outputs.ts';

/** What a decoder says of each latent, in data space. */
export interface Decoded {
  /** The likelihood's mean, [n, …item shape]; probabilities for a Bernoulli likelihood. */
  readonly mean: Tensor<'float32'>;
  /** The mean before the sigmoid, for a Bernoulli likelihood, [n, …item shape]. */
  readonly logits?: Tensor<'float32'>;
}

export interface DecodeOptions extends RunOptions {
  /** The label of each item (or of all), for a conditional model. */
  readonly condition?: Condition | undefined;
}

/** Latents of a stream, and what they are to be decoded as. */
export interface ConditionedLatents {
  readonly latents: Latent | Latents | Codes;
  /** The label of each (or of all), for a conditional model. */
  readonly condition?: Condition | undefined;
}

/** The decoder half of a model: latents in, items out. */
export class Decoder {
  readonly card: WholeCard;
  /** The entries that a latent of codes names; undefined for any other latent. */
  readonly codebook: Codebook | undefined;
  readonly #session: Session;
  readonly #sizes: ReadonlyMap<string, number>;
  /** The name of what the latents are fed as. */
  readonly #input: string;

  constructor(card: WholeCard, session: Session, codebook?: Session) {
    this.card = card;
    this.#session = session;
    this.#sizes = itemSizes(card.graphs.decoder.outputs);
    const definition = definitionOf(card.latent);
    this.#input = definition.decoderInput;
    this.codebook =
      codebook && definition.grid && new Codebook(definition.grid(card.latent), codebook);
  }

  /** The device that runs the decoder. */
  get device(): string {
    return this.#session.runner.device;
  }

  /**
   * Decodes a batch of n latents: what the encoder gave (its centre, without a draw), vectors
   * [n, latentSize], or, for a latent of codes, n grids of indices.
   *
   * @throws InputError for latents or a condition that do not fit the card; DisposedError; AbortedError
   */
  async decode(latents: Latent | Latents | Codes, options: DecodeOptions = {}): Promise<Decoded> {
    checkOptions(options);
    const { signal } = options;
    const { count, values } = this.#rowsOf(latents, options);
    const z = tensor(await values(0, count), [count, this.card.latent.size]);
    return this.#run(z, options, { signal });
  }

  /**
   * Decodes a stream of latents in bounded memory; see {@link runInBatches}.
   *
   * @param source chunks of any number of latents each, of whatever {@link Decoder.decode} takes, with or without
   *   conditions of their own
   * @param options.condition one label for all latents, or one for each of the stream's
   * @returns batches of `batchSize` items in the order of the latents, the last one maybe smaller
   * @throws as {@link Decoder.decode}, and what the source throws
   */
  stream(
    source: StreamSource<Latent | Latents | Codes | ConditionedLatents>,
    options: StreamOptions & DecodeOptions = {},
  ): AsyncGenerator<Decoded, void, undefined> {
    checkOptions(options);
    const { size } = this.card.latent;
    const { signal } = options;
    const labels = new StreamCondition(options.condition, this.card);
    return runInBatches(source, {
      ...options,
      what: 'The decoder stream',
      session: this.#session,
      rowSize: size,
      besideSize: labels.size,
      open: (chunk) => {
        const { latents, condition } = isConditioned(chunk) ? chunk : { latents: chunk };
        const rows = this.#rowsOf(latents, { signal });
        return { ...rows, beside: labels.next(rows.count, condition) };
      },
      run: ({ count, values, beside }, run) => {
        const condition = batchCondition(beside, count);
        return this.#run(tensor(values(0, count), [count, size]), { condition }, run);
      },
      end: () => labels.end(),
    });
  }

  async #run(
    z: Tensor<'float32'>,
    { condition }: DecodeOptions,
    run: GraphRunOptions,
  ): Promise<Decoded> {
    const [count = 0, size = 0] = z.dims;
    const labels = conditionRows(condition, this.card, count);
    const input = this.#input;
    const [, ...shape] =
      this.card.graphs.decoder.inputs.find(({ name }) => name === input)?.shape ?? [];
    const feeds = (from: number, to: number) => {
      const dims = [to - from, ...(shape as number[])];
      const made = { [input]: tensor(z.data.subarray(from * size, to * size), dims) };
      return labels ? { ...made, y: labels(from, to) } : made;
    };
    return this[READ](await this.#session.runRows({ count, feeds }, run), count);
  }

  /**
   * What the graph's outputs for `count` items say.
   *
   * @throws LatentkitError `runtime` for outputs that are not those of the card, or not finite
   */
  [READ](outputs: NamedTensors, count: number): Decoded {
    checkOutputs(outputs, this.#sizes, count);
    const dims = [count, ...this.card.item.shape];
    const mean = tensor(outputOf(outputs, 'mean').data, dims);
    return 'logits' in outputs
      ? { mean, logits: tensor(outputOf(outputs, 'logits').data, dims) }
      : { mean };
  }

  /** What the graph is fed for each latent, one after the other. */
  #rowsOf(given: Latent | Latents | Codes, { signal }: RunOptions): StreamRows {
    const { latent } = this.card;
    const latents = isLatent(given) ? toDecode(given, latent.kind) : given;
    const data = ofThisRealm(isTensor(latents) ? latents.data : latents);
    if (this.codebook && data instanceof Int32Array) {
      return this.codebook[GRIDS](latents as Codes, { signal });
    }
    const { size } = latent;
    const z = prepareLatents(latents as Latents, size);
    return {
      count: z.data.length / size,
      values: (from, to) => z.data.subarray(from * size, to * size),
    };
  }

  /** Frees the sessions. Idempotent; calls afterwards reject with DisposedError. */
  async dispose(): Promise<void> {
    await Promise.all([this.#session.dispose(), this.codebook?.dispose()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function isLatent(value: Latent | Latents | Codes): value is Latent {
  return typeof value === 'object' && value !== null && 'kind' in value && !isTensor(value);
}

function isConditioned(chunk: unknown): chunk is ConditionedLatents {
  return typeof chunk === 'object' && chunk !== null && 'latents' in chunk;
}

function toDecode(latent: Latent, wanted: LatentKind): DecoderFeed {
  if (latent.kind !== wanted) {
    throw new InputError(
      'latents',
      `a latent of kind '${wanted}', as the encoder of this model gives`,
      `one of kind ${describeValue(latent.kind)}`,
    );
  }
  return definitionOf(latent).toDecode(latent);
}
