import type { ModelCard } from '../card/card.ts';
import { checkInteger, checkMethod, checkNames } from '../errors/check.ts';
import {
  type AbortSignalLike,
  ArgumentError,
  LatentkitError,
  throwIfAborted,
} from '../errors/index.ts';
import { fitPicture, type PictureTarget, type ReducedPixels } from '../images/fit-picture.ts';
import { breathe } from '../run/turn.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { type FitOptions, pictureTarget, pixelsToItem } from './picture-items.ts';

export interface ReadImageOptions extends FitOptions {
  readonly signal?: AbortSignalLike | undefined;
}

export interface StreamImageOptions extends ReadImageOptions {
  /** Pictures read at a time; 32 by default. */
  readonly chunkSize?: number | undefined;
}

/** The names of the options of reading. */
const READ_OPTIONS: Readonly<Record<keyof ReadImageOptions, true>> = {
  fit: true,
  background: true,
  signal: true,
};

const STREAM_OPTIONS: Readonly<Record<keyof StreamImageOptions, true>> = {
  fit: true,
  background: true,
  signal: true,
  chunkSize: true,
};

/** How a runtime decodes pictures. */
export interface PictureDecoder<P> {
  /** Upright, in 8-bit sRGB. */
  decode(picture: P, target: PictureTarget, options: ReadImageOptions): Promise<ReducedPixels>;
  /** The pixels of a picture that may look otherwise later; undefined for one that stays as it is. */
  decodeNow?(picture: P): ReducedPixels | undefined;
  /** {@link fitPicture}, or what gives the same bytes sooner. */
  readonly fit?: typeof fitPicture | undefined;
  /** Pictures decoded at a time: each is held whole until it is an item. */
  readonly atATime: number;
}

/**
 * Makes pictures items as the card says (docs/pictures.md): decoded, turned upright, brought to the size and
 * channels of an item, scaled to its values.
 *
 * @param before of a stream: the pictures that came before these
 * @returns [n, …item shape]
 * @throws what decoding throws; ArgumentError for a model whose items are no pictures, or for what is no
 *   list; AbortedError
 */
export async function readPictures<P>(
  pictures: Iterable<P>,
  card: ModelCard,
  options: ReadImageOptions,
  decoder: PictureDecoder<P>,
  before = 0,
): Promise<Tensor<'float32'>> {
  checkNames(options, READ_OPTIONS);
  checkMethod('decoder', decoder, 'decode');
  const { decode, decodeNow, atATime, fit = fitPicture } = decoder;
  const list = [...checkList(pictures)];
  const target = pictureTarget(card, options);
  const size = sizeOf(card.item.shape);
  const data = new Float32Array(list.length * size);
  const fill = (index: number, pixels: ReducedPixels) =>
    pixelsToItem(fit(pixels, target), card, data.subarray(index * size, (index + 1) * size));
  const blamed = (error: unknown, index: number) =>
    list.length + before > 1 ? ofPicture(error, before + index + 1) : error;
  throwIfAborted(options.signal, 'Reading images');
  const left = [...list.keys()].filter((index) => {
    try {
      const pixels = decodeNow?.(list[index] as P);
      if (pixels) fill(index, pixels);
      return !pixels;
    } catch (error) {
      throw blamed(error, index);
    }
  });
  const lane = async () => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) {
      throwIfAborted(options.signal, 'Reading images');
      try {
        fill(index, await decode(list[index] as P, target, options));
      } catch (error) {
        throw blamed(error, index);
      }
      await breathe();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atATime, left.length) }, lane));
  } finally {
    // Where one failed, the others need not go on.
    left.length = 0;
  }
  throwIfAborted(options.signal, 'Reading images');
  return { data, dims: [list.length, ...card.item.shape], dtype: 'float32' };
}

/** What is of no picture, but of what reads it. */
const OF_NONE: readonly unknown[] = ['aborted', 'missing-dependency'];

/** An error that says which of several pictures it is of, and is otherwise as it was. */
function ofPicture(error: unknown, number: number): unknown {
  if (!LatentkitError.isInstance(error) || OF_NONE.includes(error.code)) return error;
  error.message = `Picture ${number}: ${error.message}`;
  return error;
}

/** Cuts a list of pictures, or a stream of them, into chunks of `chunkSize` that are read one after the other. */
export async function* streamPictures<P>(
  pictures: Iterable<P> | AsyncIterable<P>,
  card: ModelCard,
  options: StreamImageOptions,
  decoder: PictureDecoder<P>,
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  checkNames(options, STREAM_OPTIONS);
  const { chunkSize = 32, ...each } = options;
  checkInteger('chunkSize', chunkSize, 1);
  let before = 0;
  const read = (some: readonly P[]) => readPictures(some, card, each, decoder, before);
  let chunk: P[] = [];
  for await (const picture of checkList(pictures)) {
    chunk.push(picture);
    if (chunk.length < chunkSize) continue;
    yield await read(chunk);
    before += chunk.length;
    chunk = [];
  }
  if (chunk.length > 0) yield await read(chunk);
}

/** A string and bytes can be iterated too, but are one picture. */
function checkList<T>(images: T): T {
  const one = typeof images !== 'object' || images === null || ArrayBuffer.isView(images);
  if (one || !(Symbol.iterator in images || Symbol.asyncIterator in images)) {
    throw new ArgumentError('images', 'a list of images (put a single one in an array)', images);
  }
  return images;
}
