import type { ModelCard } from '../card/card.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';

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

/**
 * Turns a condition into the graphs' input `y`.
 *
 * @returns [count, labels], one-hot unless weights were given; undefined for an unconditional model
 * @throws InputError for a missing or unwanted condition, an unknown label, or another count
 */
export function conditionInput(
  condition: Condition | undefined,
  card: ModelCard,
  count: number,
): Tensor<'float32'> | undefined {
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
  if (isTensor(condition)) return mixture(condition, labels.length, count);
  const single = typeof condition === 'string' || typeof condition === 'number';
  const chosen = single ? [condition] : Array.from(condition);
  if (!single && chosen.length !== count) {
    throw new InputError('condition', `one label or ${count}`, `${chosen.length}`);
  }
  const y = new Float32Array(count * labels.length);
  for (let row = 0; row < count; row++) {
    const label = chosen[single ? 0 : row] as string | number;
    const index = typeof label === 'string' ? labels.indexOf(label) : label;
    if (!Number.isInteger(index) || index < 0 || index >= labels.length) {
      throw new InputError(
        'condition',
        `${wanted} or an index from 0 to ${labels.length - 1}`,
        describeValue(label),
      );
    }
    y[row * labels.length + index] = 1;
  }
  return tensor(y, [count, labels.length]);
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
