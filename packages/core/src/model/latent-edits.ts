import type { Condition } from '../batch/condition.ts';
import type { ModelCard } from '../card/card.ts';
import { checkInteger } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { definitionOf } from '../latents/look-up.ts';
import { createRandom } from '../random.ts';
import { isTensor, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';

/** What an edit adds to a latent: an attribute of the card by its name, or a vector [latentSize]. */
export type Change = string | Float32Array | Tensor<'float32'>;

/**
 * The vector of a change, [latentSize].
 *
 * @throws ArgumentError for an attribute that the card does not keep, or a vector that is none
 */
export function vectorOf(change: Change, card: ModelCard): Float32Array {
  if (typeof change === 'string') return directionOf(change, card);
  const { size } = card.latent;
  const data = ofThisRealm(isTensor(change) ? change.data : change);
  if (!(data instanceof Float32Array) || data.length !== size || !data.every(Number.isFinite)) {
    throw new ArgumentError(
      'change',
      `the name of an attribute on the card, or a Float32Array of ${size} finite numbers`,
      change,
    );
  }
  return data;
}

function directionOf(name: string, card: ModelCard): Float32Array {
  const known = card.latentSpace?.directions ?? [];
  const direction = known.find((one) => one.name === name);
  if (direction) return Float32Array.from(direction.vector);
  const names = known.map((one) => `'${one.name}'`).join(', ');
  throw new ArgumentError(
    'attribute',
    names === ''
      ? `one that the card of ${card.name} keeps, but it keeps none: find them with 'latentkit directions MODEL --record', or give a vector`
      : `one that the card of ${card.name} keeps (${names})`,
    name,
  );
}

/**
 * z + amount · vector, row by row.
 *
 * @param dimensions those that may change, where not all may: the levels of a ladder, say
 */
export function moved(
  z: Tensor<'float32'>,
  vector: Float32Array,
  amount: number,
  dimensions?: readonly [from: number, to: number],
): Tensor<'float32'> {
  const size = vector.length;
  const [from, to] = dimensions ?? [0, size];
  const data = z.data.map((value, i) => {
    const at = i % size;
    return at >= from && at < to ? value + amount * (vector[at] as number) : value;
  });
  return tensor(data, z.dims);
}

/**
 * The dimensions of a level of a ladder, from 0, the most abstract; all of them where none is named.
 *
 * @throws ArgumentError for a model without levels, or a level that it does not have
 */
export function levelOf(
  level: number | undefined,
  { latent, name }: ModelCard,
): readonly [from: number, to: number] | undefined {
  if (level === undefined) return undefined;
  const levels = definitionOf(latent).levels?.(latent);
  if (!levels) {
    throw new ArgumentError('level', `none: the latent of ${name} has no levels`, level);
  }
  checkInteger('level', level, 0, levels.length - 1);
  const from = levels.slice(0, level).reduce((sum, size) => sum + size, 0);
  return [from, from + (levels[level] as number)];
}

/** Seeds for `count` draws that differ, and begin with the same ones whatever their number. */
export function* drawSeeds(seed: number, count: number): Generator<number, void, undefined> {
  const random = createRandom(seed, 'draws');
  for (let i = 0; i < count; i++) yield random.uint32();
}

/** A condition for copies of items: each of its labels `count` times. */
export function repeated(condition: Condition | undefined, count: number): Condition | undefined {
  if (condition === undefined || typeof condition === 'string' || typeof condition === 'number') {
    return condition;
  }
  if (isTensor(condition)) {
    const [n = 0, width = 0] = condition.dims;
    const data = new Float32Array(n * count * width);
    for (let row = 0; row < n * count; row++) {
      const from = Math.floor(row / count) * width;
      data.set(condition.data.subarray(from, from + width), row * width);
    }
    return tensor(data, [n * count, width]);
  }
  return Array.from(condition as ArrayLike<string | number>).flatMap((label) =>
    Array<string | number>(count).fill(label),
  );
}

/** [n, size] each: the rows of the first of all, then of the second; as [n · all, size], those of an item together. */
export function interleaved(all: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [n = 0, size = 0] = all[0]?.dims ?? [];
  const out = new Float32Array(n * all.length * size);
  for (const [copy, { data }] of all.entries()) {
    for (let row = 0; row < n; row++) {
      out.set(data.subarray(row * size, (row + 1) * size), (row * all.length + copy) * size);
    }
  }
  return tensor(out, [n * all.length, size]);
}
