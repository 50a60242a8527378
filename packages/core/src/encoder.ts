import { type Items, prepareItems } from './batch.ts';
import type { ModelCard } from './card.ts';
import { centre, gaussianLatent, type LatentKind, type LatentOf } from './latent.ts';
import { outputOf } from './outputs.ts';
import type { RunOptions } from './runner.ts';
import type { Session } from './session.ts';
import type { Tensor } from './tensor.ts';

/** The encoder half of a model: items in, latents out. */
export class Encoder<K extends LatentKind = LatentKind> {
  readonly card: ModelCard;
  readonly #session: Session;

  constructor(card: ModelCard, session: Session) {
    this.card = card;
    this.#session = session;
  }

  /** The device that runs the encoder. */
  get device(): string {
    return this.#session.runner.device;
  }

  /**
   * Encodes a batch of n items.
   *
   * @returns the posterior (or code) of each item, [n, latentSize]
   * @throws InputError for a batch that does not fit the card; DisposedError; AbortedError
   */
  async encode(items: Items, options: RunOptions = {}): Promise<LatentOf<K>> {
    const shape = this.card.graphs.encoder.inputs.find(({ name }) => name === 'x')?.shape ?? [];
    const x = prepareItems(items, this.card, shape);
    const outputs = await this.#session.run({ x }, options);
    const latent =
      this.card.latent.kind === 'gaussian'
        ? gaussianLatent(outputOf(outputs, 'mean'), outputOf(outputs, 'log_var'))
        : ({ kind: 'point', z: outputOf(outputs, 'z') } as const);
    return latent as LatentOf<K>;
  }

  /**
   * Embeds a batch of n items: the posterior mean (or the code), never a random draw.
   *
   * @returns float32 [n, latentSize]
   * @throws as {@link Encoder.encode}
   */
  async embed(items: Items, options: RunOptions = {}): Promise<Tensor<'float32'>> {
    return centre(await this.encode(items, options));
  }

  /** Frees the session. Idempotent; calls afterwards reject with DisposedError. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
