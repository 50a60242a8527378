import { type Latents, prepareLatents } from './batch.ts';
import type { ModelCard } from './card.ts';
import { outputOf } from './outputs.ts';
import type { RunOptions } from './runner.ts';
import type { Session } from './session.ts';
import { type Tensor, tensor } from './tensor.ts';

/** What a decoder says of each latent, in data space. */
export interface Decoded {
  /** The likelihood's mean, [n, …item shape]; probabilities for a Bernoulli likelihood. */
  readonly mean: Tensor<'float32'>;
  /** The mean before the sigmoid, for a Bernoulli likelihood, [n, …item shape]. */
  readonly logits?: Tensor<'float32'>;
}

/** The decoder half of a model: latents in, items out. */
export class Decoder {
  readonly card: ModelCard;
  readonly #session: Session;

  constructor(card: ModelCard, session: Session) {
    this.card = card;
    this.#session = session;
  }

  /** The device that runs the decoder. */
  get device(): string {
    return this.#session.runner.device;
  }

  /**
   * Decodes a batch of n latents, [n, latentSize].
   *
   * @throws InputError for latents that do not fit the card; DisposedError; AbortedError
   */
  async decode(latents: Latents, options: RunOptions = {}): Promise<Decoded> {
    const z = prepareLatents(latents, this.card.latent.size);
    const outputs = await this.#session.run({ z }, options);
    const dims = [z.dims[0] as number, ...this.card.item.shape];
    const mean = tensor(outputOf(outputs, 'mean').data, dims);
    return 'logits' in outputs
      ? { mean, logits: tensor(outputOf(outputs, 'logits').data, dims) }
      : { mean };
  }

  /** Frees the session. Idempotent; calls afterwards reject with DisposedError. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
