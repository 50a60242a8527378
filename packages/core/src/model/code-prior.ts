import { type Condition, conditionRows } from '../batch/condition.ts';
import type { ModelCard } from '../card/card.ts';
import { checkTemperature } from '../errors/check.ts';
import type { CodeGrid } from '../latents/codebook.ts';
import type { SampleOptions } from '../latents/noise.ts';
import { createRandom } from '../random.ts';
import { unboundedOutputOf } from '../run/outputs.ts';
import type { NamedTensors, RunOptions } from '../run/runner.ts';
import type { Session } from '../run/session.ts';
import { breathe } from '../run/turn.ts';
import { checkLength, type Tensor } from '../tensor.ts';

/** Grids after which it is looked whether the event loop should turn. */
const ROWS_IN_ONE_GO = 16;

interface ConditionedOptions extends RunOptions {
  readonly condition?: Condition | undefined;
}

/** A learned prior over grids of codes that factorises in raster order, p(c) = ∏ p(cᵢ | c₁ … cᵢ₋₁). */
export class CodePrior {
  readonly #card: ModelCard;
  readonly #latent: CodeGrid;
  readonly #session: Session;

  constructor(card: ModelCard, latent: CodeGrid, session: Session) {
    this.#card = card;
    this.#latent = latent;
    this.#session = session;
  }

  /**
   * Draws `count` grids by ancestral sampling: one run of the graph for each cell.
   *
   * @returns count grids of indices, one after the other
   */
  async sample(
    count: number,
    { seed, temperature = 1, condition, signal }: SampleOptions & ConditionedOptions,
  ): Promise<Int32Array> {
    const { grid, codes } = this.#latent;
    const cells = grid[0] * grid[1];
    checkLength('count', count, 1, cells * codes);
    checkTemperature(temperature);
    const data = new Int32Array(count * cells);
    const random = createRandom(seed, 'prior');
    // All uniforms are drawn item by item, so that more draws under one seed begin with the same draws.
    const uniforms = Float64Array.from({ length: count * cells }, () => random.uniform());
    for (let cell = 0; cell < cells; cell++) {
      const indices = { data, dims: [count, ...grid], dtype: 'int32' } as const;
      const outputs = await this.#session.run(this.#feeds(indices, condition), { signal });
      const logits = unboundedOutputOf(outputs, 'logits').data;
      for (let row = 0; row < count; row++) {
        if (row % ROWS_IN_ONE_GO === 0) await breathe();
        const at = row * cells + cell;
        data[at] = categorical(
          logits.subarray(at * codes, (at + 1) * codes),
          temperature,
          uniforms[at] as number,
        );
      }
    }
    return data;
  }

  /**
   * −ln p(c) of each grid, in nats: its length under the prior.
   *
   * @param indices [n, height, width]
   */
  async negativeLogProbability(
    indices: Tensor<'int32'>,
    { condition, signal }: ConditionedOptions = {},
  ): Promise<Float64Array> {
    const [n = 0] = indices.dims;
    const { codes } = this.#latent;
    const outputs = await this.#session.run(this.#feeds(indices, condition), { signal });
    const logits = unboundedOutputOf(outputs, 'logits').data;
    const cells = indices.data.length / n;
    const out = new Float64Array(n);
    for (const [at, code] of indices.data.entries()) {
      if (at % (cells * ROWS_IN_ONE_GO) === 0) await breathe();
      const cell = logits.subarray(at * codes, (at + 1) * codes);
      (out[Math.floor(at / cells)] as number) += logSumExp(cell) - (cell[code] as number);
    }
    return out;
  }

  #feeds(indices: Tensor<'int32'>, condition: Condition | undefined): NamedTensors {
    const [count = 0] = indices.dims;
    const y = conditionRows(condition, this.#card, count)?.(0, count);
    const takesY = this.#session.runner.inputs.some(({ name }) => name === 'y');
    return { indices, ...(y && takesY ? { y } : {}) };
  }

  /** Frees the session. Idempotent. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** The index at which the cumulative softmax of logits / temperature passes `uniform`; the mode at temperature 0. */
export function categorical(logits: Float32Array, temperature: number, uniform: number): number {
  let mode = 0;
  for (let i = 1; i < logits.length; i++) {
    if ((logits[i] as number) > (logits[mode] as number)) mode = i;
  }
  if (temperature === 0) return mode;
  const highest = logits[mode] as number;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - highest) / temperature));
  let remaining = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    remaining -= weights[i] as number;
    if (remaining < 0) return i;
  }
  return mode;
}

function logSumExp(values: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) highest = Math.max(highest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - highest);
  return highest + Math.log(sum);
}
