import type { ModelCard } from '../card/card.ts';
import { checkChoice, checkObject } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';
import { type Pixels, writePixels } from '../run/pixel-floats.ts';
import type { PixelScale } from '../run/runner.ts';
import { isTensor, sizeOf, type Tensor } from '../tensor.ts';
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
   * What becomes of float values outside the card's range: `'refuse'` (the default), or `'clip'` to it.
   * What rounding alone put outside (by 4 ulps of the range's larger end), as in a model's own samples,
   * is always clipped; NaN is always refused.
   */
  readonly outside?: 'refuse' | 'clip' | undefined;
  /**
   * What the bytes of a `Uint8ClampedArray` are: `'rgba'` (the default), the pixels of a canvas, or
   * `'items'`, items as the card describes them.
   */
  readonly pixels?: 'rgba' | 'items' | undefined;
}

/** The items of a batch, which are checked and made values when they are asked for. */
export interface ItemRows {
  readonly count: number;
  /** What rows of 8-bit pixels stand for; absent for rows of values. */
  readonly pixels?: PixelScale | undefined;
  /**
   * The items from `from` up to `to`, one after the other, without a copy where nothing must be clipped.
   *
   * @throws InputError for NaN, or a value outside the card's range
   */
  rows(from: number, to: number): Float32Array | Pixels;
  /** The same as values; those of pixels are written to `out`, where it is given. */
  values(from: number, to: number, out?: Float32Array): Float32Array;
}

/**
 * Reads a batch by its card. Values are looked at when their rows are asked for: a batch may be large.
 *
 * @throws InputError for another type, a size that is no multiple of the item's, or an empty batch
 */
export function itemRows(
  items: Items,
  card: ModelCard,
  { outside = 'refuse', pixels = 'rgba' }: ItemOptions = {},
): ItemRows {
  checkChoice('outside', outside, ['refuse', 'clip']);
  checkChoice('pixels', pixels, ['rgba', 'items']);
  const { shape, range } = card.item;
  const itemSize = sizeOf(shape);
  const wanted = () => `[n, ${shape.join(', ')}] or [n, ${itemSize}] or n × ${itemSize} values`;
  const data = ofThisRealm(
    isTensor(items) ? tensorData(items, shape, wanted) : plainData(items, card, pixels),
  );
  const isFloat = data instanceof Float32Array;
  if (!isFloat && !(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new InputError('batch', 'a Tensor, Float32Array or 8-bit pixels', describeValue(data));
  }
  if (data.length === 0 || data.length % itemSize !== 0) {
    const file = isFloat ? '' : ' (the bytes of a picture file are for readImages)';
    throw new InputError('batch', wanted(), `${data.length} values${file}`);
  }
  const clip = outside === 'clip';
  const part = (from: number, to: number) => data.subarray(from * itemSize, to * itemSize);
  const count = data.length / itemSize;
  if (isFloat) {
    const values = (from: number, to: number) =>
      inRange(part(from, to) as Float32Array, range, { itemSize, clip, copy: true, from });
    return { count, rows: values, values };
  }
  const fit = pixelsFit(card);
  const values = (from: number, to: number, out?: Float32Array) => {
    const bytes = part(from, to) as Pixels;
    const made = out ?? new Float32Array(bytes.length);
    writePixels(bytes, card.preprocessing, made);
    return fit ? made : inRange(made, range, { itemSize, clip, copy: false, from });
  };
  return fit
    ? { count, pixels: card.preprocessing, rows: (from, to) => part(from, to), values }
    : { count, rows: values, values };
}

/**
 * The values of a batch, n items one after the other; see {@link itemRows}.
 *
 * @throws InputError; ArgumentError for what is no card
 */
export function itemValues(items: Items, card: ModelCard, options: ItemOptions = {}): Float32Array {
  checkObject('card', card);
  checkObject('card.item', card.item);
  const { count, values } = itemRows(items, card, options);
  return values(0, count);
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
  {
    itemSize,
    clip,
    copy,
    from,
  }: {
    readonly itemSize: number;
    readonly clip: boolean;
    readonly copy: boolean;
    /** The first of the items, for messages. */
    readonly from: number;
  },
): Float32Array {
  if (firstOutside(values, low, high) < 0) return values;
  const slack = clip
    ? Number.POSITIVE_INFINITY
    : ROUNDING * Math.max(Math.abs(low), Math.abs(high));
  const bad = firstOutside(values, low - slack, high + slack);
  if (bad >= 0) {
    const value = values[bad] as number;
    const item = `item ${from + Math.floor(bad / itemSize)}, element ${bad % itemSize}`;
    const way = Number.isNaN(value) ? '' : " ({ outside: 'clip' } takes the nearest)";
    throw new InputError(item, `a value from ${low} to ${high}${way}`, String(value));
  }
  const clipped = copy ? values.slice() : values;
  for (let i = 0; i < clipped.length; i++) {
    clipped[i] = Math.min(high, Math.max(low, clipped[i] as number));
  }
  return clipped;
}
