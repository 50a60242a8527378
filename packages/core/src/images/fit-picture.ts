import { checkChoice, checkInteger, checkObject } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import type { Rgb } from './colour.ts';
import { checkPixels, type Pixels } from './pixels.ts';
import { reduce } from './reduce.ts';
import { type Box, type ResamplingPasses, resample } from './resample.ts';
import { BT601, type GreyWeights, toChannels } from './to-channels.ts';

export const FITS = ['cover', 'contain', 'fill'] as const;
/** How a picture of another shape fills an item: cut to it, padded to it, or stretched. */
export type Fit = (typeof FITS)[number];

/** The size, channels and manner in which a picture becomes an item. */
export interface PictureTarget {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `'cover'` by default. */
  readonly fit?: Fit | undefined;
  /** Shows through transparent pixels and fills padding; black by default. */
  readonly background?: Rgb | undefined;
  /** {@link BT601} by default. */
  readonly grey?: GreyWeights | undefined;
}

/** A picture that its decoder gave at a part of its size, each pixel for a block of factor × factor. */
export interface ReducedPixels extends Pixels {
  readonly reducedFrom?:
    | { readonly width: number; readonly height: number; readonly factor: Reduction }
    | undefined;
}

/** By how much a picture is reduced by plain means of blocks, before it is resampled. */
export type Reduction = 1 | 2 | 4 | 8;

/** Resampling must have at least so much left to do, so that the blocks do not show. */
const GAP = 2;

/** The part of the picture that is seen, and the size that it has in the item. */
function placement(width: number, height: number, target: PictureTarget) {
  const { fit = 'cover' } = target;
  const box = { left: 0, top: 0, right: width, bottom: height };
  // Compared as products, which are exact.
  const tooWide = width * target.height > height * target.width;
  if (fit === 'cover') {
    const seenWidth = tooWide ? (height * target.width) / target.height : width;
    const seenHeight = tooWide ? height : (width * target.height) / target.width;
    box.left = (width - seenWidth) / 2;
    box.right = box.left + seenWidth;
    box.top = (height - seenHeight) / 2;
    box.bottom = box.top + seenHeight;
  }
  let size = { width: target.width, height: target.height };
  if (fit === 'contain') {
    const part = (side: number, of: number, by: number) =>
      Math.max(1, Math.round((side * by) / of));
    size = tooWide
      ? { width: target.width, height: part(height, width, target.width) }
      : { width: part(width, height, target.height), height: target.height };
  }
  return { box, ...size };
}

/**
 * By how much a picture of this size is reduced before it is resampled: the largest of 8, 4, 2 that
 * leaves a factor of two on both axes, or 1. A decoder that reduces by itself (JPEG) may be asked for it.
 */
export function reductionFor(width: number, height: number, target: PictureTarget): Reduction {
  checkTarget(target);
  for (const [name, side] of Object.entries({ width, height })) checkInteger(name, side, 1);
  const { box, ...size } = placement(width, height, target);
  const shrink = Math.min(
    (box.right - box.left) / size.width,
    (box.bottom - box.top) / size.height,
  );
  return ([8, 4, 2] as const).find((factor) => shrink >= factor * GAP) ?? 1;
}

/** {@link fitPicture} with other passes, by which a runtime resamples faster. */
export function fitPictureBy(
  picture: ReducedPixels,
  target: PictureTarget,
  passes?: ResamplingPasses,
): Uint8Array {
  checkPixels(picture);
  checkTarget(target);
  const { background = [0, 0, 0], grey = BT601, channels } = target;
  const original = picture.reducedFrom ?? { ...picture, factor: 1 };
  const colours = toChannels(picture, channels, { background, grey });
  const wanted = reductionFor(original.width, original.height, target);
  const sameSize = original.width === target.width && original.height === target.height;
  if (sameSize && original.factor === 1) {
    return channels === 4 ? withoutUnseen(colours.data) : asBytes(colours.data);
  }
  const clear = channels === 4 ? multiplied(colours) : colours;
  const reduced = reduce(clear, Math.max(1, wanted / original.factor));
  const factor = Math.max(wanted, original.factor);
  const { box, width, height } = placement(original.width, original.height, target);
  const { data } = resample(reduced, width, height, divided(box, factor), passes);
  const seen = channels === 4 ? divideOut(data) : asBytes(data);
  if (width === target.width && height === target.height) return seen;
  return padded(seen, width, height, target, background);
}

/**
 * Makes of an upright picture the pixels of an item: its channels ({@link toChannels}), reduced by
 * means of blocks where it is much larger ({@link reductionFor}), and resampled ({@link resample}) to
 * the part of the item that the fit gives it. Integers throughout: the same bytes on every machine.
 *
 * - `cover`: the largest centred part of the item's shape;
 * - `contain`: the whole, its shorter side round(side · scale), at ⌊gap / 2⌋ from the left and top,
 *   around it the background;
 * - `fill`: the whole, stretched.
 *
 * @returns [height × width × channels] of the target; the picture's own bytes where it is one already
 * @throws InputError for a picture whose data have another size than it says; ArgumentError for a
 *   target outside its domain
 */
export const fitPicture: (picture: ReducedPixels, target: PictureTarget) => Uint8Array =
  fitPictureBy;

function asBytes(data: Pixels['data']): Uint8Array {
  return data instanceof Uint8Array
    ? data
    : new Uint8Array(data.buffer, data.byteOffset, data.length);
}

function divided({ left, top, right, bottom }: Box, by: number): Box {
  return { left: left / by, top: top / by, right: right / by, bottom: bottom / by };
}

/** Black where nothing is seen: some sources, canvases among them, have no colours there. */
function withoutUnseen(data: Pixels['data']): Uint8Array {
  const out = new Uint8Array(data);
  for (let i = 0; i < out.length; i += 4) if (out[i + 3] === 0) out.fill(0, i, i + 3);
  return out;
}

/** Colours times alpha, so that what is transparent weighs nothing in a mean. */
function multiplied(picture: Pixels): Pixels {
  const data = new Uint8Array(picture.data);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    for (let c = i; c < i + 3; c++) data[c] = ((data[c] as number) * alpha + 127.5) / 255;
  }
  return { ...picture, data };
}

/** The inverse of {@link multiplied}, clipped; black where nothing is seen. */
function divideOut(data: Pixels['data']): Uint8Array {
  const out = withoutUnseen(data);
  for (let i = 0; i < out.length; i += 4) {
    const alpha = out[i + 3] as number;
    // Rounded down, as Pillow does it; 0 / 0 is NaN, which is written as 0.
    for (let c = i; c < i + 3; c++) out[c] = Math.min(255, (255 * (out[c] as number)) / alpha);
  }
  return out;
}

function padded(
  data: Pixels['data'],
  width: number,
  height: number,
  target: PictureTarget,
  [red, green, blue]: Rgb,
): Uint8Array {
  const { channels, grey = BT601 } = target;
  const single = {
    data: Uint8Array.of(red, green, blue),
    width: 1,
    height: 1,
    channels: 3,
  } as const;
  const { data: colour } = toChannels(single, channels, { background: [0, 0, 0], grey });
  const out = new Uint8Array(target.width * target.height * channels);
  for (let i = 0; i < out.length; i++) out[i] = colour[i % channels] as number;
  const left = Math.floor((target.width - width) / 2);
  const top = Math.floor((target.height - height) / 2);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    out.set(row, ((top + y) * target.width + left) * channels);
  }
  return out;
}

const MAX_SIDE = 65_535;

function checkTarget(target: PictureTarget): void {
  checkObject('target', target, 'the width, height and channels that a picture must have');
  const { width, height, channels, fit, background, grey = BT601 } = target;
  for (const [name, side] of Object.entries({ width, height })) {
    checkInteger(name, side, 1, MAX_SIDE);
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new ArgumentError('channels', '1, 3 or 4', channels);
  }
  if (fit !== undefined) checkChoice('fit', fit, FITS);
  if (background !== undefined && !isTriple(background, (value) => value >= 0 && value <= 255)) {
    throw new ArgumentError('background', 'three numbers from 0 to 255', background);
  }
  const sumsToOne = (weights: GreyWeights) =>
    Math.abs(weights.reduce((total, weight) => total + weight, 0) - 1) <= 1e-6;
  if (!isTriple(grey, (weight) => weight >= 0) || !sumsToOne(grey)) {
    throw new ArgumentError('grey', 'three weights of at least 0 that sum to 1', grey);
  }
}

function isTriple(value: unknown, sound: (entry: number) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((entry) => typeof entry === 'number' && sound(entry))
  );
}
