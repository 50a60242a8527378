import { ArgumentError, createRandom } from '@latentkit/core';
import {
  checkFloats,
  checkInteger,
  checkList,
  checkObject,
  checkText,
} from '@latentkit/core/runtime';

/**
 * How training items are varied each time they are met; what is left out is left alone. All are
 * functions of the run's seed and the step.
 */
export interface Augmentation {
  /** Mirrored left to right, or upside down, half of the time. */
  readonly flip?: 'horizontal' | 'vertical' | 'both' | undefined;
  /** Moved by up to so many pixels each way; what comes in repeats the edge. */
  readonly shift?: number | undefined;
  /** Cut to a part of at least this share of each side and enlarged to the whole: above 0, below 1. */
  readonly crop?: number | undefined;
  /** Turned by up to so many degrees each way. */
  readonly rotate?: number | undefined;
  /** Brightness changed by up to this share of the range of values. */
  readonly brightness?: number | undefined;
  /** Contrast multiplied by a factor from 1 / (1 + c) to 1 + c. */
  readonly contrast?: number | undefined;
}

export interface ItemForm {
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  readonly valueRange: readonly [number, number];
}

const FLIPS = ['horizontal', 'vertical', 'both'];

/** Upper ends of the domains of the numbers, which begin at 0. */
const LIMITS = { shift: 1024, rotate: 180, brightness: 1, contrast: 10 } as const;

/** @throws ArgumentError for a value outside its domain */
export function checkAugmentation(augmentation: Augmentation): void {
  checkObject('augmentation', augmentation);
  const { flip, crop } = augmentation;
  if (flip !== undefined && !FLIPS.includes(flip)) {
    throw new ArgumentError('augmentation flip', FLIPS.join(', '), flip);
  }
  if (crop !== undefined && !(crop > 0 && crop < 1)) {
    throw new ArgumentError('augmentation crop', 'a share above 0 and below 1', crop);
  }
  for (const [name, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    const value = augmentation[name];
    if (value !== undefined && !(value > 0 && value <= limit)) {
      throw new ArgumentError(`augmentation ${name}`, `a number above 0, up to ${limit}`, value);
    }
  }
}

/**
 * Reads `flip,shift=2,rotate=10,…`, as the command takes it: `flip` is `flip=horizontal`, and `none` nothing.
 *
 * @throws ArgumentError for an unknown name or a value outside its domain
 */
export function parseAugmentation(text: string): Augmentation {
  checkText('augmentation', text, "words, such as 'flip,shift=2'");
  if (text === 'none') return {};
  const known = ['flip', 'shift', 'crop', 'rotate', 'brightness', 'contrast'];
  const entries = text.split(',').map((part) => {
    const [name = '', value] = part.trim().split('=');
    if (!known.includes(name)) throw new ArgumentError('augmentation', known.join(', '), name);
    if (name === 'flip') return [name, value ?? 'horizontal'];
    return [name, value === undefined || value === '' ? Number.NaN : Number(value)];
  });
  const augmentation = Object.fromEntries(entries) as Augmentation;
  checkAugmentation(augmentation);
  return augmentation;
}

/** Varies the items of a batch in place; what it does follows from the seed and the step alone. */
export function augmentBatch(
  items: Float32Array,
  form: ItemForm,
  augmentation: Augmentation,
  seed: number,
  step: number,
): void {
  checkFloats('items', items);
  checkObject('form', form, 'the shape and range of an item');
  const { itemShape, valueRange } = form;
  checkList('itemShape', itemShape, '[height, width, channels]');
  for (const side of itemShape) checkInteger('itemShape', side, 1);
  checkList('valueRange', valueRange, '[smallest, largest]');
  checkAugmentation(augmentation);
  const [height, width, channels] = itemShape;
  const size = height * width * channels;
  const random = createRandom(seed, `augment/${step}`);
  const copy = new Float32Array(size);
  const spread = (by = 0) => (by === 0 ? 0 : (2 * random.uniform() - 1) * by);
  for (let from = 0; from < items.length; from += size) {
    const item = items.subarray(from, from + size);
    const { flip } = augmentation;
    const mirrorX = (flip === 'horizontal' || flip === 'both') && random.uniform() < 0.5;
    const mirrorY = (flip === 'vertical' || flip === 'both') && random.uniform() < 0.5;
    const zoom = augmentation.crop ? 1 - random.uniform() * (1 - augmentation.crop) : 1;
    // A smaller part may lie anywhere within the whole.
    const dx = spread(((1 - zoom) * width) / 2) + Math.round(spread(augmentation.shift));
    const dy = spread(((1 - zoom) * height) / 2) + Math.round(spread(augmentation.shift));
    const angle = (spread(augmentation.rotate) * Math.PI) / 180;
    const brighter = spread(augmentation.brightness) * (valueRange[1] - valueRange[0]);
    const stronger = Math.exp(spread(Math.log1p(augmentation.contrast ?? 0)));
    if (mirrorX || mirrorY || zoom !== 1 || dx !== 0 || dy !== 0 || angle !== 0) {
      copy.set(item);
      const mirror = [mirrorX ? -zoom : zoom, mirrorY ? -zoom : zoom] as const;
      warp(copy, item, itemShape, mirror, [dx, dy], angle);
    }
    if (brighter !== 0 || stronger !== 1) adjust(item, valueRange, brighter, stronger);
  }
}

/** Looks each value up where it came from, between four pixels; beyond the edge, the edge. */
function warp(
  from: Float32Array,
  to: Float32Array,
  [height, width, channels]: ItemForm['itemShape'],
  [scaleX, scaleY]: readonly [number, number],
  [dx, dy]: readonly [number, number],
  angle: number,
): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const clamp = (value: number, last: number) => (value < 0 ? 0 : value > last ? last : value);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x - cx) * scaleX, (y - cy) * scaleY];
      const sx = clamp(cx + cos * u + sin * v - dx, width - 1);
      const sy = clamp(cy - sin * u + cos * v - dy, height - 1);
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      const [fx, fy] = [sx - x0, sy - y0];
      const right = x0 < width - 1 ? channels : 0;
      const below = y0 < height - 1 ? width * channels : 0;
      const at = (y0 * width + x0) * channels;
      for (let c = 0; c < channels; c++) {
        const a = from[at + c] as number;
        const b = from[at + right + c] as number;
        const d = from[at + below + c] as number;
        const e = from[at + below + right + c] as number;
        const top = a + (b - a) * fx;
        to[(y * width + x) * channels + c] = top + (d + (e - d) * fx - top) * fy;
      }
    }
  }
}

/** Contrast about the item's mean, then brightness; clipped to the range. */
function adjust(
  item: Float32Array,
  [low, high]: ItemForm['valueRange'],
  brighter: number,
  stronger: number,
): void {
  let mean = 0;
  for (const value of item) mean += value;
  mean /= item.length;
  for (let i = 0; i < item.length; i++) {
    const value = mean + ((item[i] as number) - mean) * stronger + brighter;
    item[i] = value < low ? low : value > high ? high : value;
  }
}
