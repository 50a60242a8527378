import { type NamedTensors, sizeOf, type Tensor } from '@latentkit/node';

/** Latents and noise far out: a standard normal deviate beyond it comes once in 10⁸⁸ draws. */
const FAR = 20;

export type Fed = 'golden' | 'zeros' | 'extremes';

/** `count` rows of tensors, those of the golden values again and again; what has no row an item stays whole. */
export function tile(tensors: NamedTensors, rows: number, count: number): NamedTensors {
  return mapTensors(tensors, (tensor) => {
    if (tensor.dims[0] !== rows) return tensor;
    const [, ...row] = tensor.dims;
    const size = sizeOf(row);
    const Data = tensor.data.constructor as new (length: number) => Float32Array;
    const data = new Data(count * size);
    for (let i = 0; i < count; i++) {
      const from = (i % rows) * size;
      data.set(tensor.data.subarray(from, from + size) as Float32Array, i * size);
    }
    return { data, dims: [count, ...row], dtype: tensor.dtype } as Tensor;
  });
}

/**
 * Feeds of the same form with zeros, or with the ends of what an item may be (of latents and noise, what lies far out)
 * in turn. Labels and integers stay what they are: they have no such values.
 */
export function withValues(
  feeds: NamedTensors,
  fed: Exclude<Fed, 'golden'>,
  [low, high]: readonly [number, number],
): NamedTensors {
  return mapTensors(feeds, (tensor, name) => {
    if (tensor.dtype !== 'float32' || name === 'y' || tensor.dims.length < 2) return tensor;
    const [first, second] = fed === 'zeros' ? [0, 0] : name === 'x' ? [low, high] : [-FAR, FAR];
    const data = Float32Array.from(tensor.data as Float32Array, (_, i) =>
      (i * 7919) % 256 < 128 ? first : second,
    );
    return { ...tensor, data };
  });
}

/** Items of a model that are the same everywhere. */
export function ordinaryItems(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count * size }, (_, i) => ((i * 7919) % 256) / 255);
}

function mapTensors(
  tensors: NamedTensors,
  map: (tensor: Tensor, name: string) => Tensor,
): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, map(tensor, name)]),
  );
}
