import type { Items } from './batch.ts';
import type { ModelCard } from './card.ts';
import type { Decoded, Decoder } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import { ArgumentError, type DeviceAttempt, InputError } from './errors.ts';
import {
  type InterpolationPath,
  interpolateLatents,
  type LatentKind,
  type SampleOptions,
  samplePrior,
} from './latent.ts';
import type { RunOptions } from './runner.ts';

/** Where the model runs, and how that came about. */
export interface DeviceReport {
  /** The device that runs both graphs. */
  readonly name: string;
  /** Every device of the policy up to the one in use, in order, with the reason. */
  readonly attempts: readonly DeviceAttempt[];
}

export interface InterpolateOptions extends RunOptions {
  /** Frames, both ends included; at least 2. */
  readonly steps: number;
  /** `lerp` (the default) or `slerp`. */
  readonly path?: InterpolationPath | undefined;
}

/** A loaded model: its card, its two halves, and what takes both. */
export class Autoencoder<K extends LatentKind = LatentKind> {
  readonly card: ModelCard;
  readonly device: DeviceReport;
  readonly encoder: Encoder<K>;
  readonly decoder: Decoder;

  constructor(encoder: Encoder<K>, decoder: Decoder, device: DeviceReport) {
    this.card = encoder.card;
    this.device = device;
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /** Decodes the embedding of each item (no sampling), [n, …item shape]. */
  async reconstruct(items: Items, options: RunOptions = {}): Promise<Decoded> {
    return this.decoder.decode(await this.encoder.embed(items, options), options);
  }

  /**
   * Decodes `count` draws from the prior N(0, temperature² I).
   *
   * @throws ArgumentError for a model whose latent has no prior
   */
  async sample(count: number, options: SampleOptions & RunOptions): Promise<Decoded> {
    if (this.card.latent.kind === 'point') {
      throw new ArgumentError(
        'model',
        'a model with a prior over its latents (a deterministic autoencoder has none: interpolate instead)',
        this.card.family,
      );
    }
    return this.decoder.decode(samplePrior(count, this.card.latent.size, options), options);
  }

  /**
   * Decodes the path between the embeddings of two items.
   *
   * @param a one item
   * @param b one item
   * @returns `steps` items, the reconstructions of `a` and `b` first and last
   */
  async interpolate(a: Items, b: Items, { signal, ...path }: InterpolateOptions): Promise<Decoded> {
    const [from, to] = await Promise.all(
      [a, b].map(async (items) => {
        const z = await this.encoder.embed(items, { signal });
        if (z.dims[0] !== 1)
          throw new InputError('interpolation end', 'one item', `${z.dims[0]} items`);
        return z.data;
      }),
    );
    return this.decoder.decode(interpolateLatents(from as Float32Array, to as Float32Array, path), {
      signal,
    });
  }

  /** Frees both sessions. Idempotent; calls afterwards reject with DisposedError. */
  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
