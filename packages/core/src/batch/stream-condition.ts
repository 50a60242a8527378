import type { ModelCard } from '../card/card.ts';
import { InputError } from '../errors/index.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';
import { type Condition, conditionRows } from './condition.ts';

/** Makes weights of the labels of a chunk's rows from `from` up to `to`, [to − from, labels]. */
type LabelWeights = (from: number, to: number) => Float32Array;

/**
 * The condition of a stream: one label for all of its rows, or one (or weights) for each, in their order. A chunk
 * that brings a condition of its own, for its rows, needs none of the stream's.
 */
export class StreamCondition {
  readonly #condition: Condition | undefined;
  readonly #card: ModelCard;
  /** Rows that have come. */
  #rows = 0;

  /** @throws InputError for a condition of an unconditional model */
  constructor(condition: Condition | undefined, card: ModelCard) {
    if (!card.condition) conditionRows(condition, card, 0);
    this.#condition = condition;
    this.#card = card;
  }

  /** Weights a row; 0 for an unconditional model. */
  get size(): number {
    return this.#card.condition?.labels.length ?? 0;
  }

  /**
   * The weights of a chunk's rows.
   *
   * @throws InputError as for a call with so many rows, or for rows beyond those that the stream's condition is for
   */
  next(count: number, own?: Condition): LabelWeights | undefined {
    const from = this.#rows;
    this.#rows += count;
    const given = own ?? this.#condition;
    const part = own === undefined && isList(given) ? this.#part(given, from) : given;
    const rows = conditionRows(part, this.#card, count);
    return rows && ((start, end) => rows(start, end).data);
  }

  /** @throws InputError where the stream's condition is for more rows than have come */
  end(): void {
    const given = this.#condition;
    if (isList(given) && lengthOf(given) > this.#rows) throw this.#wrong(given);
  }

  /** What the stream's condition says of the rows from `from` to the last that has come. */
  #part(given: ConditionList, from: number): ConditionList {
    if (this.#rows > lengthOf(given)) throw this.#wrong(given);
    if (!isTensor(given)) return given.slice(from, this.#rows);
    const { size } = this;
    const [, ...row] = given.dims;
    // One of another width is refused where it is read.
    const data = given.data.subarray(from * size, this.#rows * size);
    return { ...given, data, dims: [this.#rows - from, ...row] };
  }

  #wrong(given: ConditionList): InputError {
    return new InputError(
      'condition',
      `one label, or one for each of the stream's rows (${this.#rows} have come)`,
      `${lengthOf(given)}`,
    );
  }
}

type ConditionList = Exclude<Condition, string | number>;

function isList(condition: Condition | undefined): condition is ConditionList {
  return isTensor(condition) || Array.isArray(condition) || ArrayBuffer.isView(condition);
}

const lengthOf = (list: ConditionList): number =>
  isTensor(list) ? (list.dims[0] ?? 0) : list.length;

/** The weights of a batch's rows as a condition; undefined where there are none. */
export function batchCondition(
  weights: Float32Array,
  count: number,
): Tensor<'float32'> | undefined {
  return weights.length > 0 ? tensor(weights, [count, weights.length / count]) : undefined;
}
