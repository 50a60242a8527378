import { type Items, itemRows } from '../batch/batch.ts';
import type { ModelCard } from '../card/card.ts';
import { checkOptions } from '../errors/check.ts';
import { ArgumentError, type DeviceAttempt, InputError, throwIfAborted } from '../errors/index.ts';
import type { Latent, LatentKind } from '../latents/index.ts';
import { type InterpolationPath, interpolateLatents } from '../latents/interpolate.ts';
import { definitionOf } from '../latents/look-up.ts';
import { checkSampleOptions, type SampleOptions, samplePrior } from '../latents/noise.ts';
import { sliceRows } from '../run/rows.ts';
import { breathe } from '../run/turn.ts';
import { sizeOf } from '../tensor.ts';
import type { CodePrior } from './code-prior.ts';
import type { Decoded, DecodeOptions, Decoder } from './decoder.ts';
import type { EmbedOptions, Encoder } from './encoder.ts';
import { logLikelihood } from './likelihood.ts';

/** Where the model runs, and how that came about. */
export interface DeviceReport {
  /** The device that runs both graphs. */
  readonly name: string;
  /** Every device of the policy up to the one in use, in order, with the reason. */
  readonly attempts: readonly DeviceAttempt[];
}

export interface InterpolateOptions extends EmbedOptions {
  /** Frames, both ends included; at least 2. */
  readonly steps: number;
  /** `lerp` (the default) or `slerp`. */
  readonly path?: InterpolationPath | undefined;
}

/** The parts of {@link Autoencoder.score}, one value an item, in nats: elbo = reconstruction − kl. */
export interface Score {
  readonly elbo: Float64Array;
  /** ln p(x|z) */
  readonly reconstruction: Float64Array;
  /** KL(q(z|x) ‖ p(z)), or its one-sample estimate for a flow */
  readonly kl: Float64Array;
}

/** Elements whose likelihoods are computed in one go: a millisecond or two. */
const SCORED_AT_A_TIME = 2 ** 16;

/** A loaded model: its card, its two halves, and what takes both. */
export class Autoencoder<K extends LatentKind = LatentKind> {
  readonly card: ModelCard;
  readonly device: DeviceReport;
  readonly encoder: Encoder<K>;
  readonly decoder: Decoder;

  readonly #prior: CodePrior | undefined;

  constructor(encoder: Encoder<K>, decoder: Decoder, device: DeviceReport, prior?: CodePrior) {
    this.card = encoder.card;
    this.#prior = prior;
    this.device = device;
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /** The identity of the latent space; see {@link Encoder.space}. */
  get space(): string {
    return this.encoder.space;
  }

  /** Decodes the embedding of each item (no sampling), [n, …item shape]. */
  async reconstruct(items: Items, options: EmbedOptions = {}): Promise<Decoded> {
    const latent: Latent = await this.encoder.encode(items, options);
    return this.decoder.decode(latent, options);
  }

  /**
   * Decodes `count` draws from the prior: N(0, temperature² I), or the learned prior of a latent of codes.
   *
   * @throws ArgumentError for a model whose latent has no prior
   */
  async sample(count: number, options: SampleOptions & DecodeOptions): Promise<Decoded> {
    checkSampleOptions(options);
    if (this.#prior) {
      return this.decoder.decode(await this.#prior.sample(count, options), options);
    }
    const { latent } = this.card;
    if (definitionOf(latent).prior !== 'normal') {
      throw new ArgumentError(
        'model',
        `a model with a prior over its latents (this one, of family '${this.card.family}', has none: interpolate instead)`,
        this.card.name,
      );
    }
    return this.decoder.decode(samplePrior(count, latent.size, options), options);
  }

  /**
   * Decodes the path between the embeddings of two items. Vectors of a latent of codes are replaced
   * by the nearest entries on the way.
   *
   * @param a one item
   * @param b one item
   * @returns `steps` items, the reconstructions of `a` and `b` first and last
   */
  async interpolate(a: Items, b: Items, options: InterpolateOptions): Promise<Decoded> {
    checkOptions(options, '{ steps: 8 }');
    const { signal, condition, outside, pixels, steps, path } = options;
    const [from, to] = await Promise.all(
      [a, b].map(async (items) => {
        const z = await this.encoder.embed(items, { signal, condition, outside, pixels });
        if (z.dims[0] !== 1) {
          throw new InputError('interpolation end', 'one item', `${z.dims[0]} items`);
        }
        return z.data;
      }),
    );
    const z = interpolateLatents(from as Float32Array, to as Float32Array, { steps, path });
    const codes = await this.decoder.codebook?.nearest(z);
    return this.decoder.decode(codes ?? z, { signal, condition });
  }

  /**
   * The evidence lower bound of each item, in nats, from one posterior draw under `seed`: high for
   * what the model knows, low for what it does not. Kingma & Welling 2014, eq. 3.
   *
   * The KL of a latent of codes is their length under the learned prior; a deterministic latent, and
   * codes without a prior, have none, and the score is the reconstruction's log-likelihood.
   */
  async score(items: Items, options: EmbedOptions & { readonly seed: number }): Promise<Score> {
    checkSampleOptions(options);
    const latent: Latent = await this.encoder.encode(items, options);
    const { z, kl: ownKl } = definitionOf(latent).draw(latent, options);
    const kl =
      this.#prior && z.dtype === 'int32'
        ? await this.#prior.negativeLogProbability(z, options)
        : ownKl;
    const decoded = await this.decoder.decode(z, options);
    const rows = itemRows(items, this.card, options);
    const reconstruction = new Float64Array(rows.count);
    const step = Math.ceil(SCORED_AT_A_TIME / sizeOf(this.card.item.shape));
    for (let from = 0; from < rows.count; from += step) {
      const to = Math.min(from + step, rows.count);
      const part = sliceRows({ ...decoded }, from, to) as unknown as Decoded;
      reconstruction.set(logLikelihood(rows.values(from, to), part, this.card), from);
      await breathe();
      throwIfAborted(options.signal, 'Scoring');
    }
    return {
      elbo: reconstruction.map((value, i) => value - (kl[i] as number)),
      reconstruction,
      kl,
    };
  }

  /** Frees all sessions. Idempotent; calls afterwards reject with DisposedError. */
  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose(), this.#prior?.dispose()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
