import {
  ArgumentError,
  InputError,
  itemToPixels,
  LatentkitError,
  type ModelCard,
  pictureTarget,
  sizeOf,
  type Tensor,
} from '@latentkit/core';
import {
  checkInteger,
  checkMethod,
  checkNames,
  checkNumber,
  checkText,
  describeValue,
} from '@latentkit/core/runtime';
import { kindOf } from '../kind-of.ts';
import type { PageElement } from './picture.ts';

/** Items that are pictures: a tensor [n, …item shape], such as the mean of what a decoder gave, or their values. */
export type PictureItems = Tensor<'float32'> | Float32Array;

export interface ShowOptions {
  /** Items side by side in a row; all of them by default. */
  readonly columns?: number | undefined;
}

export interface BlobOptions extends ShowOptions {
  /** `'image/png'` (the default), or another type that the browser writes. */
  readonly type?: string | undefined;
  /** 0 to 1, for types that lose something. */
  readonly quality?: number | undefined;
  /** Enlarges each pixel to a square of so many; 1 by default. */
  readonly scale?: number | undefined;
}

/** Their names. */
const SHOW_OPTIONS: Readonly<Record<keyof ShowOptions, true>> = { columns: true };
const BLOB_OPTIONS: Readonly<Record<keyof BlobOptions, true>> = {
  columns: true,
  type: true,
  quality: true,
  scale: true,
};

/**
 * The pixels of items, side by side: what `putImageData` takes.
 *
 * @param items n ≥ 1 items; values outside the card's range are clipped
 * @throws InputError for values that are no items of the card; ArgumentError for a model whose items are no
 *   images, or an option outside its domain
 */
export function toImageData(
  items: PictureItems,
  card: ModelCard,
  options: ShowOptions = {},
): ImageData {
  checkNames(options, SHOW_OPTIONS);
  const { columns } = options;
  const { width, height, channels } = pictureTarget(card);
  const size = sizeOf(card.item.shape);
  const data = ((items as Partial<Tensor>)?.data ?? items) as Float32Array;
  if (kindOf(data) !== 'Float32Array' || data.length < 1 || data.length % size) {
    // An answer is given whole, where its `mean` is meant.
    throw new InputError('items', `n × ${size} float32 values`, describeValue(data));
  }
  const count = data.length / size;
  const across = columns ?? count;
  checkInteger('columns', across, 1);
  const wide = Math.min(across, count) * width;
  const image = new ImageData(wide, Math.ceil(count / across) * height);
  for (let item = 0; item < count; item++) {
    const pixels = itemToPixels(data.subarray(item * size, (item + 1) * size), card);
    const [left, top] = [(item % across) * width, Math.floor(item / across) * height];
    for (let i = 0; i < width * height; i++) {
      const at = 4 * ((top + Math.floor(i / width)) * wide + left + (i % width));
      for (let c = 0; c < 3; c++) {
        image.data[at + c] = pixels[i * channels + (channels === 1 ? 0 : c)] as number;
      }
      image.data[at + 3] = channels === 4 ? (pixels[i * channels + 3] as number) : 255;
    }
  }
  return image;
}

/**
 * Draws items on a canvas, which gets their size: to show them larger, give it a size by CSS, with
 * `image-rendering: pixelated` for sharp pixels.
 *
 * @throws as {@link toImageData}; LatentkitError `invalid-data` for a canvas that is drawn on otherwise (WebGL, or
 *   by a worker), `too-large` for more pixels than a canvas of this browser has: 65,535 a side in most
 */
export function drawTo(
  canvas: PageElement<'HTMLCanvasElement'> | OffscreenCanvas,
  items: PictureItems,
  card: ModelCard,
  options: ShowOptions = {},
): void {
  const image = toImageData(items, card, options);
  checkMethod('canvas', canvas, 'getContext', 'a canvas');
  put(image, canvas);
}

function put(image: ImageData, canvas: HTMLCanvasElement | OffscreenCanvas): void {
  const context = contextOf(canvas);
  if (!context) {
    throw new LatentkitError(
      'invalid-data',
      'The canvas is drawn on in another way: give another.',
    );
  }
  // To set a size clears the canvas, which would flicker from one frame to the next.
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  try {
    context.putImageData(image, 0, 0);
  } catch (cause) {
    throw tooLarge(image, 'other columns', cause);
  }
  // Chromium draws nothing, and throws nothing.
  if (context.isContextLost?.()) throw tooLarge(image, 'other columns');
}

/** Undefined for a canvas that is drawn on in another way, or by a worker. */
function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas) {
  try {
    return canvas.getContext('2d') as CanvasRenderingContext2D | null;
  } catch {
    return undefined;
  }
}

/**
 * Writes items as the file of an image.
 *
 * @throws as {@link toImageData}; ArgumentError for a type that the browser does not write; LatentkitError `too-large`
 *   for more pixels than a canvas of this browser has
 */
export async function toBlob(
  items: PictureItems,
  card: ModelCard,
  options: BlobOptions = {},
): Promise<Blob> {
  checkNames(options, BLOB_OPTIONS);
  const { type = 'image/png', quality, scale = 1, columns } = options;
  checkText('type', type);
  if (quality !== undefined) checkNumber('quality', quality, 1);
  checkInteger('scale', scale, 1, 256);
  const image = toImageData(items, card, { columns });
  const size = { width: image.width * scale, height: image.height * scale };
  const drawn = new OffscreenCanvas(1, 1);
  put(image, drawn);
  const blob = await enlarged(drawn, size, { type, quality } as ImageEncodeOptions).catch(
    (cause) => {
      throw tooLarge(size, 'a smaller scale', cause);
    },
  );
  // Browsers write a PNG where they do not know the type.
  if (blob.type !== type.toLowerCase()) {
    throw new ArgumentError('type', 'a type that this browser writes (image/png)', type);
  }
  return blob;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function tooLarge({ width, height }: Size, remedy: string, cause?: unknown): LatentkitError {
  return new LatentkitError(
    'too-large',
    `This browser makes no picture of ${width} × ${height} pixels. Give fewer items, or ${remedy}.`,
    { cause },
  );
}

/** The file of what is drawn, at this size; what browsers throw where they make none that is as large differs. */
async function enlarged(
  drawn: OffscreenCanvas,
  { width, height }: Size,
  options: ImageEncodeOptions,
): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingEnabled = false;
  context.drawImage(drawn, 0, 0, width, height);
  return canvas.convertToBlob(options);
}
