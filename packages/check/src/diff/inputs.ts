import {
  createRandom,
  type GraphRunner,
  type NamedTensors,
  sizeOf,
  type Tensor,
} from '@latentkit/core';

/** Types of which values are drawn; of others, such as text, none can be made up. */
export const DRAWN_TYPES: readonly string[] = [
  'float32',
  'float64',
  'float16',
  'int64',
  'int32',
  'int16',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'uint8',
  'bool',
] satisfies Tensor['dtype'][];

/** Rows of inputs that are drawn: enough to have ten neighbours. */
const ROWS = 32;

/**
 * Seeded inputs for a graph of which nothing is known but its types, which are of {@link DRAWN_TYPES}: floats between 0 and 1, integers 0 and 1, and
 * {@link ROWS} for an open first dimension; other open dimensions are 1.
 */
export function drawInputs({ inputs }: Pick<GraphRunner, 'inputs'>): NamedTensors {
  const random = createRandom(0, 'diff');
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const dims = shape.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? ROWS : 1));
      const size = sizeOf(dims);
      const whole = () => random.integer(2);
      const data = {
        float32: () => Float32Array.from({ length: size }, () => random.uniform()),
        float64: () => Float64Array.from({ length: size }, () => random.uniform()),
        // 0 and 1 as halves.
        float16: () => Uint16Array.from({ length: size }, () => 0x3c00 * whole()),
        int64: () => BigInt64Array.from({ length: size }, () => BigInt(whole())),
        int32: () => Int32Array.from({ length: size }, whole),
        int16: () => Int16Array.from({ length: size }, whole),
        uint16: () => Uint16Array.from({ length: size }, whole),
        uint32: () => Uint32Array.from({ length: size }, whole),
        uint64: () => BigUint64Array.from({ length: size }, () => BigInt(whole())),
        int8: () => Int8Array.from({ length: size }, whole),
        uint8: () => Uint8Array.from({ length: size }, whole),
        bool: () => Uint8Array.from({ length: size }, whole),
      }[dtype]();
      return [name, { dtype, dims, data } as Tensor];
    }),
  );
}
