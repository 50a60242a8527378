import type { ModelCard } from '../card/card.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { isTensor, sizeOf, type Tensor, tensor } from '../tensor.ts';
import { firstOutside } from '../value-range.ts';

const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * A batch of items: a tensor [n, …item shape] (or [n, item size]), or a plain array of n items one
 * after the other. Float values lie in the card's range; bytes are 8-bit pixels, which the card's
 * preprocessing turns into values.
 */
export type Items =
  | Tensor<'float32'>
  | Tensor<'uint8'>
  | Float32Array
  | Uint8Array
  | Uint8ClampedArray;

/** Latents for a decoder: a tensor [n, latentSize], or a plain array of n latents one after the other. */
export type Latents = Tensor<'float32'> | Float32Array;

/**
 * The values of a batch, n items one after the other, checked against the card; without a copy where
 * they are floats already.
 *
 * @throws InputError for another type, a size that is no multiple of the item's, an empty batch,
 *   NaN, or a value outside the card's range
 */
export function itemValues(items: Items, card: ModelCard): Float32Array {
  const { shape } = card.item;
  const itemSize = sizeOf(shape);
  const wanted = () => `[n, ${shape.join(', ')}] or [n, ${itemSize}] or n × ${itemSize} values`;
  const data = isTensor(items) ? tensorData(items, shape, wanted) : items;
  let values: Float32Array;
  if (data instanceof Float32Array) {
    values = data;
  } else if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) {
    values = pixelsToValues(data, card);
  } else {
    throw new InputError('batch', 'a Tensor, Float32Array or 8-bit pixels', describeValue(data));
  }
  if (values.length === 0 || values.length % itemSize !== 0) {
    throw new InputError('batch', wanted(), `${values.length} values`);
  }
  if (data === values) checkRange(values, card.item.range, itemSize);
  return values;
}

/** Items one after the other as a tensor in the layout of the encoder's input, [n, …]. */
export function itemTensor(
  values: Float32Array,
  card: ModelCard,
  inputShape: readonly (number | string)[],
): Tensor<'float32'> {
  const count = values.length / sizeOf(card.item.shape);
  return tensor(values, [count, ...(inputShape.slice(1) as number[])]);
}

/**
 * Checks latents for a decoder.
 *
 * @returns [n, latentSize]
 * @throws InputError for another type or size, an empty batch, or a value that is not finite
 */
export function prepareLatents(latents: Latents, size: number): Tensor<'float32'> {
  const data: unknown = isTensor(latents) ? latents.data : latents;
  const wanted = `[n, ${size}] or n × ${size} values`;
  if (!(data instanceof Float32Array)) {
    throw new InputError('latents', 'a float32 Tensor or Float32Array', describeValue(data));
  }
  if (
    isTensor(latents) &&
    (latents.dims.length !== 2 || latents.dims[1] !== size || sizeOf(latents.dims) !== data.length)
  ) {
    throw new InputError(
      'latents',
      wanted,
      `dims [${latents.dims.join(', ')}] over ${data.length} values`,
    );
  }
  if (data.length === 0 || data.length % size !== 0) {
    throw new InputError('latents', wanted, `${data.length} values`);
  }
  const bad = firstOutside(data, -MAX_FLOAT32, MAX_FLOAT32);
  if (bad >= 0) {
    throw new InputError(
      `latent ${Math.floor(bad / size)}, dimension ${bad % size}`,
      'a finite number',
      String(data[bad]),
    );
  }
  return tensor(data, [data.length / size, size]);
}

function tensorData(items: Tensor, shape: readonly number[], wanted: () => string): unknown {
  const [, ...rest] = items.dims;
  const fits = sameDims(rest, shape) || sameDims(rest, [sizeOf(shape)]);
  if (!fits || sizeOf(items.dims) !== items.data.length) {
    throw new InputError(
      'batch',
      wanted(),
      `dims [${items.dims.join(', ')}] over ${items.data.length} values`,
    );
  }
  return items.data;
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

function pixelsToValues(pixels: Uint8Array | Uint8ClampedArray, card: ModelCard): Float32Array {
  const { scale, offset } = card.preprocessing;
  return Float32Array.from(pixels, (pixel) => pixel * scale + offset);
}

function checkRange(
  values: Float32Array,
  [low, high]: readonly [number, number],
  itemSize: number,
): void {
  const bad = firstOutside(values, low, high);
  if (bad >= 0) {
    throw new InputError(
      `item ${Math.floor(bad / itemSize)}, element ${bad % itemSize}`,
      `a value from ${low} to ${high}`,
      String(values[bad]),
    );
  }
}
