import type { ModelCard, ReadImageOptions, StreamImageOptions, Tensor } from '@latentkit/core';
import type { EncodeImageOptions, ImageInput } from './image-types.ts';

export type { EncodeImageOptions, ImageFormat, ImageInput, Picture } from './image-types.ts';

/*
 * What reads and writes files of pictures is loaded by the first call: a process that embeds numbers would wait for it.
 */

/**
 * Decodes images to items as the card says (docs/pictures.md): turned upright, brought to the size and
 * channels of its item, scaled to its values.
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
  return (await import('./read-images.ts')).readImages(images, card, options);
}

/** Decodes images a few at a time, for `encoder.stream`; see {@link readImages}. */
export async function* streamImages(
  images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
  card: ModelCard,
  options: StreamImageOptions = {},
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  yield* (await import('./read-images.ts')).streamImages(images, card, options);
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
  options: EncodeImageOptions = {},
): Promise<Buffer[]> {
  return (await import('./write-images.ts')).encodeImages(items, card, options);
}

/**
 * Encodes items to files, one for each path; each appears whole or not at all. Without an option `format` each is of the
 * format that its path ends in.
 *
 * @throws as {@link encodeImages}; ArgumentError for an ending that is of none
 */
export async function writeImages(
  items: Tensor<'float32'>,
  card: ModelCard,
  paths: readonly string[],
  options: EncodeImageOptions = {},
): Promise<void> {
  return (await import('./write-images.ts')).writeImages(items, card, paths, options);
}
