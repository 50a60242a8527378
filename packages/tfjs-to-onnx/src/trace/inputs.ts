import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';

/** One input of the exported graph. */
export interface InputSpec {
  /**
   * Its shape: a number is fixed; a string names a dynamic dimension, the same name the same size
   * everywhere; null is short for the dynamic dimension `'batch'`.
   */
  readonly shape: readonly (number | string | null)[];
  /** Default `'float32'`. */
  readonly dtype?: 'float32' | 'int32' | 'bool';
  /**
   * Lowest and highest value used for tracing and verification. Default [0, 1]; give the range of an
   * embedding's indices or of class labels here.
   */
  readonly range?: readonly [number, number];
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

export interface NormalInput {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly range: readonly [number, number];
  /** Whether the range was given. */
  readonly ranged: boolean;
}

export const BATCH = 'batch';

/**
 * Names become keys of objects, in which `__proto__` is none.
 *
 * @throws ExportError `invalid-argument`
 */
export function checkName(name: string, what: string): void {
  if (name === '') throw new ExportError('invalid-argument', `${what} has an empty name.`);
  if (name !== '__proto__') return;
  throw new ExportError(
    'invalid-argument',
    `${what} is called '__proto__', which objects of JavaScript hold no values by; choose another name.`,
  );
}

export function normaliseInputs(specs: InputSpecs): NormalInput[] {
  return Object.entries(specs).map(([name, spec]) => {
    const dtype = spec.dtype ?? 'float32';
    checkName(name, 'An input');
    if (!['float32', 'int32', 'bool'].includes(dtype)) {
      throw new ExportError(
        'invalid-argument',
        `Input '${name}' has the dtype '${dtype}'; float32, int32 and bool can be exported.`,
      );
    }
    const shape = spec.shape.map((size) => {
      if (size === null) return BATCH;
      const good = typeof size === 'string' ? size !== '' : Number.isInteger(size) && size > 0;
      if (!good) {
        throw new ExportError(
          'invalid-argument',
          `Input '${name}' has the shape [${spec.shape.map(String).join(', ')}]; every size must be a positive integer, a name, or null for the batch.`,
        );
      }
      return size;
    });
    const range = spec.range ?? [0, 1];
    if (!range.every(Number.isFinite) || range[0] > range[1]) {
      throw new ExportError(
        'invalid-argument',
        `Input '${name}' has the range [${range.join(', ')}]; expected two finite numbers, the lower first.`,
      );
    }
    return { name, shape, dtype, range, ranged: spec.range !== undefined };
  });
}

/** The dynamic dimensions of the inputs, in order of appearance. */
export function symbolsOf(inputs: readonly NormalInput[]): string[] {
  const names = inputs.flatMap(({ shape }) => shape.filter((size) => typeof size === 'string'));
  return [...new Set(names)];
}

export type Sizes = ReadonlyMap<string, number>;

export const shapeAt = (input: NormalInput, sizes: Sizes): number[] =>
  input.shape.map((size) => (typeof size === 'string' ? (sizes.get(size) as number) : size));

/** Values within an input's range, the same for the same seed. */
export function sampleValues(input: NormalInput, count: number, seed: number): Float32Array {
  const [low, high] = input.range;
  let state = (seed * 0x9e3779b1 + 0x6d2b79f5) >>> 0;
  const uniform = () => {
    // xorshift32: plenty for example values.
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x100000000;
  };
  for (let i = 0; i < 8; i++) uniform();
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] =
      input.dtype === 'float32'
        ? low + (high - low) * uniform()
        : Math.min(high, low + Math.floor((high - low + 1) * uniform()));
  }
  return values;
}

export function inputTensor(input: NormalInput, shape: number[], values: Float32Array): Tensor {
  const data = input.dtype === 'float32' ? values : Int32Array.from(values);
  if (input.dtype === 'bool') return tensor(Uint8Array.from(data), shape, 'bool');
  return tensor(data, shape, input.dtype);
}
