import type { ModelCard } from '../card/card.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';

/**
 * What a conditional model is asked for: one label for the whole batch, or one an item — by name or
 * by index into the card's labels — or weights over the labels, [n, labels], to mix them.
 */
export type Condition =
  | string
  | number
  | readonly (string | number)[]
  | Int32Array
  | Tensor<'float32'>;

/** Makes the rows of the graphs' input `y` from `from` up to `to`, [to − from, labels]. */
export type ConditionRows = (from: number, to: number) => Tensor<'float32'>;

/**
 * Turns a condition into the graphs' input `y`.
 *
 * @returns rows that are one-hot unless weights were given, and throw InputError for an unknown label;
 *   undefined for an unconditional model
 * @throws InputError for a missing or unwanted condition, or another count
 */
export function conditionRows(
  condition: Condition | undefined,
  card: ModelCard,
  count: number,
): ConditionRows | undefined {
  const labels = card.condition?.labels;
  if (!labels) {
    if (condition === undefined) return undefined;
    throw new InputError(
      'condition',
      `none (${card.name} is unconditional)`,
      describeValue(condition),
    );
  }
  const wanted = `one of the labels (${labels.slice(0, 12).join(', ')}${labels.length > 12 ? ', …' : ''})`;
  if (condition === undefined) throw new InputError('condition', wanted, 'nothing');
  if (isTensor(condition)) {
    const weights = mixture(condition, labels.length, count);
    return (from, to) =>
      tensor(weights.data.subarray(from * labels.length, to * labels.length), [
        to - from,
        labels.length,
      ]);
  }
  const single = typeof condition === 'string' || typeof condition === 'number';
  if (!single && !Array.isArray(condition) && !(ofThisRealm(condition) instanceof Int32Array)) {
    const lists = `${wanted}, a list of them, an Int32Array of indices, or float32 weights [n, ${labels.length}]`;
    throw new InputError('condition', lists, describeValue(condition));
  }
  const chosen: ArrayLike<string | number> = single ? [condition] : condition;
  if (!single && chosen.length !== count) {
    throw new InputError('condition', `one label or ${count}`, `${chosen.length}`);
  }
  return (from, to) => {
    const y = new Float32Array((to - from) * labels.length);
    for (let row = from; row < to; row++) {
      const label = chosen[single ? 0 : row] as string | number;
      const index = typeof label === 'string' ? labels.indexOf(label) : label;
      if (!Number.isInteger(index) || index < 0 || index >= labels.length) {
        throw new InputError(
          'condition',
          typeof label === 'string'
            ? wanted
            : `${wanted} or an index from 0 to ${labels.length - 1}`,
          describeValue(label),
        );
      }
      y[(row - from) * labels.length + index] = 1;
    }
    return tensor(y, [to - from, labels.length]);
  };
}

function mixture(weights: Tensor<'float32'>, labels: number, count: number): Tensor<'float32'> {
  const [rows, columns] = weights.dims;
  if (
    weights.dtype !== 'float32' ||
    weights.dims.length !== 2 ||
    rows !== count ||
    columns !== labels
  ) {
    throw new InputError(
      'condition',
      `float32 weights [${count}, ${labels}]`,
      `${weights.dtype} [${weights.dims.join(', ')}]`,
    );
  }
  if (!weights.data.every((weight) => weight >= 0 && weight <= 1)) {
    throw new InputError('condition', 'weights from 0 to 1', 'weights outside');
  }
  return weights;
}
