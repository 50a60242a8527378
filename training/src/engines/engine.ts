/** Means over items, in nats. */
export interface Terms {
  /** reconstruction + β · kl */
  readonly loss: number;
  /** −log p(x|z) at one posterior sample, summed over the elements of an item. */
  readonly reconstruction: number;
  /** KL(q(z|x) ‖ p(z)), summed over the latent's dimensions; never negative. */
  readonly kl: number;
}

/** A tensor outside any backend, as checkpoints hold it. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights and buffers under their own names, optimiser slots before them: `adam/m/<weight>` and the like. */
export type EngineState = ReadonlyMap<string, PlainTensor>;

export interface StepInputs {
  /** [n × itemSize]; may be overwritten by the caller once the step has resolved. */
  readonly items: Float32Array;
  /** [n × labels], one-hot; for conditional models. */
  readonly labels?: Float32Array | undefined;
  /** [n × noiseSize], standard normal. */
  readonly noise: Float32Array;
  /** Finite, and not below 0. */
  readonly learningRate: number;
  /** Weight of the KL: finite, and not below 0. */
  readonly beta: number;
  /** KL that the capacity objective aims at, in nats; 0 by default. */
  readonly capacity?: number | undefined;
  /** From 1: the optimiser's bias corrections depend on it. */
  readonly step: number;
}

/**
 * Runs training steps. State goes in and out as plain numbers under engine-independent names, so
 * that a checkpoint of one engine is good for every other.
 */
export interface Engine {
  readonly name: string;
  /**
   * Updates the weights by one batch; resolves to the batch's terms before the update. Items or noise that are not finite
   * give terms that are NaN, and weights that are, from then on.
   *
   * @throws ArgumentError for arrays that are no Float32Array or do not fit the model, a learning rate, β or capacity
   *   that is not finite or below 0, and a step that is no integer from 1; DisposedError
   */
  step(inputs: StepInputs): Promise<Terms>;
  /** The same without the terms, whose passes over the batch are spared where the gradients do not go by them. */
  update(inputs: StepInputs): Promise<void>;
  /** The terms of a batch with β = 1, without an update. @throws ArgumentError, DisposedError, as {@link Engine.step} */
  evaluate(inputs: Pick<StepInputs, 'items' | 'labels' | 'noise'>): Promise<Terms>;
  /** @throws DisposedError */
  readState(): Promise<EngineState>;
  /** @throws LatentkitError `invalid-data` unless the state has exactly this model's names and shapes; DisposedError */
  writeState(state: EngineState): void;
  dispose(): void | Promise<void>;
}
