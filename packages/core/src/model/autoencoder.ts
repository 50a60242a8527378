import type { Batch } from '../batch/pictures.ts';
import type { WholeCard } from '../card/card.ts';
import {
  checkChoice,
  checkInteger,
  checkItems,
  checkNames,
  checkTemperature,
} from '../errors/check.ts';
import { ArgumentError, type DeviceAttempt, InputError } from '../errors/index.ts';
import { drawsFrom } from '../latent-space/gaussian-mixture.ts';
import { mixtureOf, noMixture, priorOf } from '../latent-space/mixture-card.ts';
import { similarLatents } from '../latent-space/similar.ts';
import { dimensionKl, traverseLatent } from '../latent-space/traversal.ts';
import type { Latent, LatentKind } from '../latents/index.ts';
import { interpolateLatents } from '../latents/interpolate.ts';
import { definitionOf } from '../latents/look-up.ts';
import { checkSampleOptions, checkShape, samplePrior } from '../latents/noise.ts';
import { type Latents, prepareLatents } from '../latents/vectors.ts';
import { OpenCalls } from '../run/open-calls.ts';
import type { Session } from '../run/session.ts';
import { checkLength, sizeOf, type Tensor, tensor } from '../tensor.ts';
import {
  AUGMENT,
  type AugmentOptions,
  EDIT,
  type EditOptions,
  INTERPOLATE,
  type InterpolateOptions,
  type PriorSampleOptions,
  RECONSTRUCT,
  type ReconstructOptions,
  SAMPLE,
  SCORE,
  type ScoreOptions,
  SIMILAR,
  type SimilarItemsOptions,
  TRAVERSE,
  type Traversal,
  type TraverseOptions,
} from './autoencoder-options.ts';
import { ITEMS } from './between-halves.ts';
import type { CodePrior } from './code-prior.ts';
import type { Decoded, DecodeOptions, Decoder } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import {
  type Change,
  drawSeeds,
  interleaved,
  levelOf,
  moved,
  repeated,
  vectorOf,
} from './latent-edits.ts';
import { reconstructAtOnce } from './reconstruct-at-once.ts';
import { type Score, scoreItems } from './score.ts';

/** Where the model runs, and how that came about. */
export interface DeviceReport {
  /** The device that runs both graphs. */
  readonly name: string;
  /** Every device of the policy up to the one in use, in order, with the reason. */
  readonly attempts: readonly DeviceAttempt[];
}

/** A loaded model: its card, its two halves, and what takes both. */
export class Autoencoder<K extends LatentKind = LatentKind, P = never> {
  readonly card: WholeCard;
  readonly device: DeviceReport;
  readonly encoder: Encoder<K, P>;
  readonly decoder: Decoder;

  readonly #prior: CodePrior | undefined;
  /** Both graphs in one run, where the device keeps the embeddings between them. */
  readonly #joined: Session | undefined;
  readonly #calls: OpenCalls;

  constructor(
    encoder: Encoder<K, P>,
    decoder: Decoder,
    device: DeviceReport,
    {
      prior,
      joined,
    }: { readonly prior?: CodePrior | undefined; readonly joined?: Session | undefined } = {},
  ) {
    this.card = decoder.card;
    this.#prior = prior;
    this.#joined = joined;
    this.#calls = new OpenCalls(this.card.name);
    this.device = device;
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /** The identity of the latent space; see {@link Encoder.space}. */
  get space(): string {
    return this.encoder.space;
  }

  /**
   * Decodes the embedding of each item (no sampling), moved by an offset where one is given, [n, …item shape].
   * A GPU that runs every node keeps the embeddings: only what is decoded is read back.
   */
  reconstruct(batch: Batch<P>, options: ReconstructOptions = {}): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkNames(options, RECONSTRUCT);
      const { offset, ...rest } = options;
      const { signal, condition } = rest;
      const items = await this.encoder[ITEMS](batch, options);
      const added = offset === undefined ? undefined : this.#checkOffset(offset);
      if (this.#joined) {
        return reconstructAtOnce(this.#joined, this, items, { ...rest, offset: added });
      }
      if (!added) {
        const latent: Latent = await this.encoder.encode(items, rest);
        return this.decoder.decode(latent, { signal, condition });
      }
      const z = await this.encoder.embed(items, rest);
      for (let i = 0; i < z.data.length; i++) {
        z.data[i] = (z.data[i] as number) + (added[i % added.length] as number);
      }
      const codes = await this.decoder.codebook?.nearest(z.data);
      return this.decoder.decode(codes ?? z, { signal, condition });
    });
  }

  /** @throws InputError */
  #checkOffset(offset: Latents): Float32Array {
    const { size } = this.card.latent;
    const { data, dims } = prepareLatents(offset, size);
    if (dims[0] !== 1)
      throw new InputError('offset', `one vector of ${size}`, `${dims[0]} vectors`);
    return data;
  }

  /**
   * Decodes `count` draws: from the prior N(0, temperature² I), or that which the model has learned, or from the mixture
   * that was fitted to its latents.
   *
   * @throws ArgumentError for a model whose latent has no prior, or a card without the mixture
   */
  sample(count: number, options: PriorSampleOptions): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkShape(count, this.card.latent.size);
      checkSampleOptions(options, SAMPLE);
      const { sampler = 'prior', truncation, signal, condition } = options;
      checkChoice('sampler', sampler, ['prior', 'mixture']);
      if (this.#prior && sampler === 'prior') {
        if (truncation !== undefined) {
          throw new ArgumentError('truncation', 'none, for a prior over codes', truncation);
        }
        const codes = await this.#prior.sample(count, options);
        return this.decoder.decode(codes, { signal, condition });
      }
      const { latent, latentSpace } = this.card;
      let mixture = priorOf(this.card);
      if (sampler === 'mixture') {
        if (!latentSpace?.mixture) throw noMixture(this.card, 'sampler', "'prior'", sampler);
        mixture = mixtureOf(latentSpace.mixture, latent.size);
      } else if (!mixture) this.#requirePrior('interpolate instead');
      const z = mixture
        ? drawsFrom(mixture, count, options)
        : samplePrior(count, latent.size, options);
      return this.#decodeNear(z, options);
    });
  }

  #requirePrior(instead: string, { latent, family, name } = this.card): void {
    if (definitionOf(latent).prior === 'normal') return;
    throw new ArgumentError(
      'model',
      `a model with the prior N(0, I) over its latents (this one, of family '${family}', has another or none: ${instead})`,
      name,
    );
  }

  /** Decodes latents; of a latent of codes, the entries nearest to them. */
  async #decodeNear(z: Tensor<'float32'>, options: DecodeOptions): Promise<Decoded> {
    const { signal, condition } = options;
    const { codebook } = this.decoder;
    return this.decoder.decode(codebook ? await codebook.nearest(z) : z, { signal, condition });
  }

  /** Decodes `count` latents of each item. */
  #decodeEach(
    z: Tensor<'float32'>,
    { signal, condition }: DecodeOptions,
    count: number,
  ): Promise<Decoded> {
    return this.decoder.decode(z, { signal, condition: repeated(condition, count) });
  }

  /**
   * Items with more, or less, of an attribute: their embeddings are moved along a direction and decoded. Vectors of
   * a latent of codes are replaced by the nearest entries.
   *
   * @param change an attribute whose direction the card keeps, or a vector [latentSize]
   * @param amount how far: in standard deviations of the attribute, or times the vector; below 0 for less
   * @returns [n, …item shape]
   * @throws ArgumentError for an attribute or level that the card does not have; InputError
   */
  async edit(
    items: Batch<P>,
    change: Change,
    amount: number,
    options: EditOptions = {},
  ): Promise<Decoded> {
    checkItems('items', items);
    const vector = vectorOf(change, this.card);
    if (!Number.isFinite(amount)) throw new ArgumentError('amount', 'a finite number', amount);
    checkNames(options, EDIT);
    const { level, ...rest } = options;
    const { size } = this.card.latent;
    const dimensions = levelOf(level, this.card);
    const offset = moved(tensor(new Float32Array(size), [1, size]), vector, amount, dimensions);
    return this.reconstruct(items, { ...rest, offset });
  }

  /**
   * Items that resemble others: a share of the variance of their latents is drawn anew; see `similarLatents`.
   *
   * @returns [n · count, …item shape], the draws of an item one after the other
   * @throws ArgumentError for a model whose latent has no prior N(0, I), InputError
   */
  similar(items: Batch<P>, options: SimilarItemsOptions): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkItems('items', items);
      checkSampleOptions(options, SIMILAR);
      const { count = 1, strength = 0.2, seed, ...rest } = options;
      this.#requirePrior('interpolate instead');
      const z = similarLatents(await this.encoder.embed(items, rest), { count, strength, seed });
      return this.#decodeEach(z, rest, count);
    });
  }

  /**
   * Further items with the labels of those given: draws from their posteriors, decoded. What the encoder is sure of
   * stays; what it is not sure of varies as much as it is unsure.
   *
   * @returns [n · count, …item shape], the draws of an item one after the other
   * @throws ArgumentError for a model whose latent has no distribution, InputError
   */
  augment(items: Batch<P>, options: AugmentOptions): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkItems('items', items);
      checkSampleOptions(options, AUGMENT);
      const { count = 1, seed, temperature = 1, ...rest } = options;
      checkLength('count', count, 1, sizeOf(this.card.item.shape));
      checkTemperature(temperature);
      const definition = definitionOf(this.card.latent);
      if (definition.prior !== 'mixture') this.#requirePrior('it has no posterior to draw from');
      const draws: Tensor<'float32'>[] = [];
      const once: Latent | undefined = definition.takesNoise
        ? undefined
        : await this.encoder.encode(items, rest);
      for (const one of drawSeeds(seed, count)) {
        const drawn = { seed: one, temperature };
        const latent: Latent = once ?? (await this.encoder.encode(items, { ...rest, ...drawn }));
        draws.push(definition.draw(latent, drawn).z as Tensor<'float32'>);
      }
      const z = interleaved(draws);
      return this.#decodeEach(z, rest, count);
    });
  }

  /**
   * One item, with one dimension of its latent at a time going from −range to range. The dimensions come in the
   * order of their KL, where the posterior tells it: those first that say most of the item.
   *
   * @param item one item
   * @returns [dimensions · steps, …item shape]
   * @throws ArgumentError, InputError
   */
  traverse(item: Batch<P>, options: TraverseOptions = {}): Promise<Traversal> {
    return this.#calls.during(async () => {
      checkNames(options, TRAVERSE);
      const { steps = 9, range = 3, dimensions, ...rest } = options;
      const { size } = this.card.latent;
      if (dimensions !== undefined) checkInteger('dimensions', dimensions, 1, size);
      const latent: Latent = await this.encoder.encode(item, rest);
      const definition = definitionOf(this.card.latent);
      const z = definition.centre(latent);
      checkOne('item', z);
      const order = Array.from({ length: size }, (_, i) => i);
      const moments = definition.moments?.(latent);
      if (moments) {
        const kl = dimensionKl(moments.mean, moments.logVar);
        order.sort((a, b) => (kl[b] as number) - (kl[a] as number));
      }
      const chosen = order.slice(0, dimensions);
      const path = traverseLatent(z, { dimensions: chosen, steps, range });
      return { ...(await this.#decodeNear(path, rest)), dimensions: chosen };
    });
  }

  /**
   * Decodes the path between the embeddings of two items. Vectors of a latent of codes are replaced
   * by the nearest entries on the way.
   *
   * @param a one item
   * @param b one item
   * @returns `steps` items, the reconstructions of `a` and `b` first and last
   */
  interpolate(a: Batch<P>, b: Batch<P>, options: InterpolateOptions): Promise<Decoded> {
    return this.#calls.during(async () => {
      checkItems('a', a);
      checkItems('b', b);
      checkNames(options, INTERPOLATE, '{ steps: 8 }');
      const { signal, condition, outside, pixels, steps, path } = options;
      const [from, to] = await Promise.all(
        [a, b].map(async (items) => {
          const z = await this.encoder.embed(items, { signal, condition, outside, pixels });
          checkOne('interpolation end', z);
          return z.data;
        }),
      );
      const z = interpolateLatents(from as Float32Array, to as Float32Array, { steps, path });
      return this.#decodeNear(z, { signal, condition });
    });
  }

  /**
   * The evidence lower bound of each item, in nats, from one posterior draw under `seed`: high for
   * what the model knows, low for what it does not. Kingma & Welling 2014, eq. 3.
   *
   * The KL of a latent of codes is their length under the learned prior; a deterministic latent, and
   * codes without a prior, have none, and the score is the reconstruction's log-likelihood.
   *
   * @throws ArgumentError, as for `importance` of a latent without a density; InputError
   */
  score(batch: Batch<P>, options: ScoreOptions): Promise<Score> {
    return this.#calls.during(async () => {
      checkItems('batch', batch);
      checkSampleOptions(options, SCORE);
      const items = await this.encoder[ITEMS](batch, options);
      return scoreItems(this, this.#prior, items, options);
    });
  }

  /** Lets the calls already made finish, and frees all sessions. Idempotent; later ones, and streams, end with DisposedError. */
  dispose(): Promise<void> {
    return this.#calls.end(async () => {
      await this.#joined?.dispose();
      await Promise.all([this.encoder.dispose(), this.decoder.dispose(), this.#prior?.dispose()]);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** @throws InputError for the vectors of several items */
function checkOne(subject: string, { dims: [count] }: Tensor): void {
  if (count !== 1) throw new InputError(subject, 'one item', `${count} items`);
}
