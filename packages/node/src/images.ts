import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AbortSignalLike,
  ArgumentError,
  describeValue,
  InputError,
  LatentkitError,
  type ModelCard,
  sizeOf,
  type Tensor,
  throwIfAborted,
} from '@latentkit/core';
import { loadSharp, type SharpModule, writeFileWhole } from '@latentkit/system';
import type { Color, FitEnum, Sharp } from 'sharp';

/** An image: the path or `file:` URL of a PNG, JPEG, WebP, … file, or its bytes. */
export type ImageInput = string | URL | Uint8Array;

export interface ReadImageOptions {
  /**
   * How an image of another shape becomes the model's: cut (`'cover'`, the default), padded
   * (`'contain'`) or stretched (`'fill'`).
   */
  readonly fit?: keyof Pick<FitEnum, 'cover' | 'contain' | 'fill'> | undefined;
  /** Shows through transparent pixels and fills padding; black by default. */
  readonly background?: Color | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

export interface StreamImageOptions extends ReadImageOptions {
  /** Images decoded at a time; 32 by default. */
  readonly chunkSize?: number | undefined;
}

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface EncodeImageOptions {
  /** `'png'` (the default, lossless), `'jpeg'` or `'webp'`. */
  readonly format?: ImageFormat | undefined;
  /** 1 to 100, for JPEG and WebP; 90 by default. */
  readonly quality?: number | undefined;
  /** Enlarges each pixel to a square of so many; 1 by default. */
  readonly scale?: number | undefined;
}

/**
 * Decodes images to items: turned upright, brought to the size and channels of the card's item, and
 * preprocessed as the card says.
 *
 * @returns [n, …item shape]
 * @throws LatentkitError `invalid-data` for what is no image, `not-found`, `missing-dependency`
 *   without sharp; ArgumentError for a model whose items are no images; AbortedError
 */
export async function readImages(
  images: Iterable<ImageInput>,
  card: ModelCard,
  options: ReadImageOptions = {},
): Promise<Tensor<'float32'>> {
  const list = [...checkList(images)];
  const sharp = await loadSharp();
  const size = sizeOf(card.item.shape);
  const data = new Float32Array(list.length * size);
  await Promise.all(
    list.map(async (image, index) => {
      throwIfAborted(options.signal, 'Reading images');
      const pixels = await decode(sharp, image, card, options);
      intoItem(pixels, card, data.subarray(index * size, (index + 1) * size));
    }),
  );
  throwIfAborted(options.signal, 'Reading images');
  return { data, dims: [list.length, ...card.item.shape], dtype: 'float32' };
}

/** Decodes images a few at a time, for `encoder.stream`; see {@link readImages}. */
export async function* streamImages(
  images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
  card: ModelCard,
  { chunkSize = 32, ...options }: StreamImageOptions = {},
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  if (!Number.isSafeInteger(chunkSize) || chunkSize < 1) {
    throw new ArgumentError('chunkSize', 'an integer of at least 1', chunkSize);
  }
  let chunk: ImageInput[] = [];
  for await (const image of checkList(images)) {
    chunk.push(image);
    if (chunk.length < chunkSize) continue;
    yield await readImages(chunk, card, options);
    chunk = [];
  }
  if (chunk.length > 0) yield await readImages(chunk, card, options);
}

/**
 * Encodes items, such as the mean of a {@link Decoded}, as image files.
 *
 * @param items [n, …item shape]; values outside the card's range are clipped
 * @returns the bytes of n files
 */
export async function encodeImages(
  items: Tensor<'float32'>,
  card: ModelCard,
  { format = 'png', quality = 90, scale = 1 }: EncodeImageOptions = {},
): Promise<Buffer[]> {
  const { height, width, channels } = imageShape(card);
  const size = height * width * channels;
  if (items.data.length % size !== 0) {
    throw new InputError('items', `n × ${size} values`, `${items.data.length} values`);
  }
  if (format !== 'png' && format !== 'jpeg' && format !== 'webp') {
    throw new ArgumentError('format', "'png', 'jpeg' or 'webp'", format);
  }
  if (!(quality >= 1 && quality <= 100)) throw new ArgumentError('quality', '1 to 100', quality);
  if (!Number.isSafeInteger(scale) || scale < 1 || scale > 256) {
    throw new ArgumentError('scale', 'an integer from 1 to 256', scale);
  }
  const sharp = await loadSharp();
  return Promise.all(
    Array.from({ length: items.data.length / size }, (_, index) => {
      const pixels = toPixels(items.data.subarray(index * size, (index + 1) * size), card);
      const image = sharp(pixels, { raw: { width, height, channels } });
      const enlarged =
        scale === 1 ? image : image.resize(width * scale, height * scale, { kernel: 'nearest' });
      const options = format === 'png' ? {} : { quality: Math.round(quality) };
      return enlarged.toFormat(format, options).toBuffer();
    }),
  );
}

/** Encodes items to files, one for each path; each appears whole or not at all. */
export async function writeImages(
  items: Tensor<'float32'>,
  card: ModelCard,
  paths: readonly string[],
  options: EncodeImageOptions = {},
): Promise<void> {
  const images = await encodeImages(items, card, options);
  if (images.length !== paths.length) {
    throw new ArgumentError('paths', `${images.length} paths`, paths);
  }
  await Promise.all(
    images.map((bytes, index) =>
      writeFileWhole(paths[index] as string, bytes, { makeFolders: true }),
    ),
  );
}

/** A string and bytes can be iterated too, but are one image. */
function checkList<T>(images: T): T {
  const one = typeof images !== 'object' || images === null || ArrayBuffer.isView(images);
  if (one || !(Symbol.iterator in images || Symbol.asyncIterator in images)) {
    throw new ArgumentError('images', 'a list of images (put a single one in an array)', images);
  }
  return images;
}

interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

function imageShape({ item, name }: ModelCard): ImageShape {
  const [a = 0, b = 0, c = 0] = item.shape;
  const [height, width, channels] = item.layout === 'CHW' ? [b, c, a] : [a, b, c];
  const isImage = item.shape.length === 3 && item.layout !== 'flat';
  if (!isImage || (channels !== 1 && channels !== 3 && channels !== 4)) {
    throw new ArgumentError(
      'model',
      'one of images: items [height, width, channels] or [channels, height, width] with 1, 3 or 4 channels',
      `${name}: ${item.layout} [${item.shape.join(', ')}]`,
    );
  }
  return { height, width, channels };
}

async function decode(
  sharp: SharpModule,
  input: ImageInput,
  card: ModelCard,
  { fit = 'cover', background = '#000' }: ReadImageOptions,
): Promise<Uint8Array> {
  const { height, width, channels } = imageShape(card);
  const source = input instanceof URL ? fileURLToPath(input) : input;
  const opaque = (image: Sharp) => (channels === 4 ? image : image.flatten({ background }));
  try {
    const image = opaque(sharp(source).rotate())
      .resize(width, height, { fit, background })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb');
    const shaped = channels === 4 ? image.ensureAlpha() : image.removeAlpha();
    const { data, info } = await shaped.raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`it has ${info.channels} channels`);
    return data;
  } catch (cause) {
    const { message } = cause as Error;
    const name = typeof source === 'string' ? source : describeValue(source);
    const missing = typeof source === 'string' && /missing/i.test(message);
    throw new LatentkitError(
      missing ? 'not-found' : 'invalid-data',
      missing
        ? `${name} does not exist${isAbsolute(name) ? '' : ` in ${process.cwd()}`}.`
        : `${name} cannot be read as an image: ${message}. PNG, JPEG, WebP, GIF, AVIF and TIFF are known.`,
      { cause },
    );
  }
}

/** Pixels in rows of interleaved channels, to values in the card's layout. */
function intoItem(pixels: Uint8Array, card: ModelCard, out: Float32Array): void {
  const { scale, offset } = card.preprocessing;
  const index = interleaving(card);
  for (let i = 0; i < out.length; i++) out[index(i)] = (pixels[i] as number) * scale + offset;
}

function toPixels(values: Float32Array, card: ModelCard): Uint8ClampedArray {
  const { scale, offset } = card.preprocessing;
  const index = interleaving(card);
  // A Uint8ClampedArray rounds and clips by itself.
  return Uint8ClampedArray.from(values, (_, i) => ((values[index(i)] as number) - offset) / scale);
}

/** The place in the card's layout of the i-th value of interleaved channels. */
function interleaving(card: ModelCard): (i: number) => number {
  if (card.item.layout !== 'CHW') return (i) => i;
  const { height, width, channels } = imageShape(card);
  return (i) => (i % channels) * height * width + Math.floor(i / channels);
}
