import type { ModelCard } from '../card/card.ts';
import { checkChoice } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { isTensor, sizeOf, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';
import { firstOutside } from '../value-range.ts';

/** The pixels of a canvas: what `getImageData` gives. */
export interface CanvasPixels {
  /** Red, green, blue and opacity of each pixel. */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * A batch of items: a tensor [n, …item shape] (or [n, item size]), or a plain array of n items one
 * after the other. Float values lie in the card's range; bytes are 8-bit pixels, which the card's
 * preprocessing turns into values. A `Uint8ClampedArray` and an `ImageData` hold the pixels of a
 * canvas, four bytes each: they are items of a model of four channels only ({@link ItemOptions.pixels}).
 */
export type Items =
  | Tensor<'float32'>
  | Tensor<'uint8'>
  | Float32Array
  | Uint8Array
  | Uint8ClampedArray
  | CanvasPixels;

export interface ItemOptions {
  /**
   * What becomes of float values outside the card's range: `'refuse'` them (the default), or `'clip'`
   * them to it. Values that rounding alone put outside (by 4 ulps of the range's larger end), as a
   * model's own samples can be, are clipped whatever this says; NaN is always refused.
   */
  readonly outside?: 'refuse' | 'clip' | undefined;
  /**
   * What the bytes of a `Uint8ClampedArray` are: `'rgba'` (the default), the pixels of a canvas, or
   * `'items'`, items as the card describes them.
   */
  readonly pixels?: 'rgba' | 'items' | undefined;
}

/**
 * The values of a batch, n items one after the other, checked against the card; without a copy where
 * they are floats already.
 *
 * @throws InputError for another type, a size that is no multiple of the item's, an empty batch,
 *   NaN, or a value outside the card's range
 */
export function itemValues(
  items: Items,
  card: ModelCard,
  { outside = 'refuse', pixels = 'rgba' }: ItemOptions = {},
): Float32Array {
  checkChoice('outside', outside, ['refuse', 'clip']);
  checkChoice('pixels', pixels, ['rgba', 'items']);
  const { shape, range } = card.item;
  const itemSize = sizeOf(shape);
  const wanted = () => `[n, ${shape.join(', ')}] or [n, ${itemSize}] or n × ${itemSize} values`;
  const data = ofThisRealm(
    isTensor(items) ? tensorData(items, shape, wanted) : plainData(items, card, pixels),
  );
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
  const isGiven = data === values;
  if (!isGiven && pixelsFit(card)) return values;
  return inRange(values, range, itemSize, outside === 'clip', isGiven);
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

/** @throws InputError for the pixels of a canvas where they are no items */
function plainData(items: unknown, card: ModelCard, pixels: 'rgba' | 'items'): unknown {
  const canvas = isCanvasPixels(items);
  const data = ofThisRealm(canvas ? items.data : items);
  if (!(data instanceof Uint8ClampedArray) || (pixels === 'items' && !canvas)) return data;
  const { shape, layout } = card.item;
  const [height, width, channels] = shape;
  const interleaved = layout === 'HWC' && shape.length === 3 && channels === 4;
  if (interleaved && (!canvas || (items.height === height && items.width === width))) return data;
  const what = canvas
    ? `the pixels of a canvas, ${items.width} × ${items.height} of red, green, blue and opacity`
    : `${data.length} bytes of a canvas (a Uint8ClampedArray: red, green, blue and opacity of each pixel)`;
  const told = canvas ? '' : ", or, where they are that already, say { pixels: 'items' }";
  throw new InputError(
    'batch',
    `items of ${shape.join(' × ')} (${layout}): make pictures items by readImages(), put their values into a Uint8Array or Float32Array${told}`,
    what,
  );
}

function isCanvasPixels(value: unknown): value is CanvasPixels {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'width' in value &&
    'height' in value &&
    ofThisRealm(value.data) instanceof Uint8ClampedArray
  );
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

function pixelsToValues(pixels: Uint8Array | Uint8ClampedArray, card: ModelCard): Float32Array {
  const { scale, offset } = card.preprocessing;
  return Float32Array.from(pixels, (pixel) => pixel * scale + offset);
}

/** Whether every pixel becomes a value in the card's range. */
function pixelsFit({ item: { range }, preprocessing: { scale, offset } }: ModelCard): boolean {
  return [offset, 255 * scale + offset].every((end) => {
    const value = Math.fround(end);
    return value >= range[0] && value <= range[1];
  });
}

/** Steps of a float32 at the larger end of the range by which rounding may leave it. */
const ROUNDING = 4 * 2 ** -23;

/** The values, clipped to the range where that is allowed: in a copy where they are the caller's. */
function inRange(
  values: Float32Array,
  [low, high]: readonly [number, number],
  itemSize: number,
  clip: boolean,
  copy: boolean,
): Float32Array {
  if (firstOutside(values, low, high) < 0) return values;
  const slack = clip
    ? Number.POSITIVE_INFINITY
    : ROUNDING * Math.max(Math.abs(low), Math.abs(high));
  const bad = firstOutside(values, low - slack, high + slack);
  if (bad >= 0) {
    const value = values[bad] as number;
    const item = `item ${Math.floor(bad / itemSize)}, element ${bad % itemSize}`;
    const way = Number.isNaN(value) ? '' : " ({ outside: 'clip' } takes the nearest)";
    throw new InputError(item, `a value from ${low} to ${high}${way}`, String(value));
  }
  const clipped = copy ? values.slice() : values;
  for (let i = 0; i < clipped.length; i++) {
    clipped[i] = Math.min(high, Math.max(low, clipped[i] as number));
  }
  return clipped;
}
