import { type Condition, conditionRows } from '../batch/condition.ts';
import { batchCondition, StreamCondition } from '../batch/stream-condition.ts';
import type { WholeCard } from '../card/card.ts';
import { checkNames } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { Codebook, type CodeGrid, type Codes, codeRows } from '../latents/codebook.ts';
import type { DecoderFeed } from '../latents/definition.ts';
import type { Latent, LatentKind } from '../latents/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { type Latents, prepareLatents } from '../latents/vectors.ts';
import { OpenCalls } from '../run/open-calls.ts';
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
import { checkOutputs } from './check-outputs.ts';

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

/** The names of options, made once, and written out: bundlers keep what is spread. */
const DECODE: Readonly<Record<keyof DecodeOptions, true>> = { signal: true, condition: true };
const STREAM: Readonly<Record<keyof (DecodeOptions & StreamOptions), true>> = {
  signal: true,
  condition: true,
  batchSize: true,
};

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
  readonly #grids: readonly [CodeGrid, Session] | undefined;
  readonly #calls: OpenCalls;
  /** The name of what the latents are fed as. */
  readonly #input: string;

  constructor(card: WholeCard, session: Session, codebook?: Session) {
    this.card = card;
    this.#session = session;
    this.#calls = new OpenCalls(session.name);
    const definition = definitionOf(card.latent);
    this.#input = definition.decoderInput;
    this.#grids = codebook && definition.grid && [definition.grid(card.latent), codebook];
    this.codebook = this.#grids && new Codebook(...this.#grids);
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
  decode(latents: Latent | Latents | Codes, options: DecodeOptions = {}): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkNames(options, DECODE);
      const { signal } = options;
      const { count, values } = this.#rowsOf(latents, options);
      const z = tensor(await values(0, count), [count, this.card.latent.size]);
      return this.#run(z, options, { signal });
    });
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
    checkNames(options, STREAM);
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
    return decodedOf(await this.#session.runRows({ count, feeds }, run), this.card, count);
  }

  /** What the graph is fed for each latent, one after the other. */
  #rowsOf(given: Latent | Latents | Codes, { signal }: RunOptions): StreamRows {
    const { latent } = this.card;
    const latents = isLatent(given) ? toDecode(given, latent.kind) : given;
    const data = ofThisRealm(isTensor(latents) ? latents.data : latents);
    if (this.#grids && data instanceof Int32Array) {
      return codeRows(...this.#grids, latents as Codes, { signal });
    }
    const { size } = latent;
    const z = prepareLatents(latents as Latents, size);
    return {
      count: z.data.length / size,
      values: (from, to) => z.data.subarray(from * size, to * size),
    };
  }

  /** Lets the calls already made finish, and frees the sessions. Idempotent; later ones, and streams, end with DisposedError. */
  dispose(): Promise<void> {
    return this.#calls.end(() => Promise.all([this.#session.dispose(), this.codebook?.dispose()]));
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

/**
 * What the outputs of a decoder's graph for `count` items say.
 *
 * @throws LatentkitError `runtime` for outputs that are not those of the card, or not finite
 */
export function decodedOf(
  outputs: NamedTensors,
  { graphs, item }: WholeCard,
  count: number,
): Decoded {
  checkOutputs(outputs, graphs.decoder.outputs, count);
  const dims = [count, ...item.shape];
  const mean = tensor(outputOf(outputs, 'mean').data, dims);
  return 'logits' in outputs
    ? { mean, logits: tensor(outputOf(outputs, 'logits').data, dims) }
    : { mean };
}
