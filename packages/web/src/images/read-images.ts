import type { ModelCard, ReadImageOptions, StreamImageOptions, Tensor } from '@latentkit/core';
import { type PictureDecoder, readPictures, streamPictures } from '@latentkit/core/runtime';
import { isLive, type PictureInput, type StillPicture } from './picture.ts';
import { livePixels, readPixels } from './read-pixels.ts';

/**
 * Makes pictures items as the card says (docs/pictures.md): decoded, turned upright, brought to the size and
 * channels of an item, scaled to its values; the same as `readImages` of `@latentkit/node` makes of the same
 * PNG to 1/255 an element. What canvases, videos and frames show is taken at once, also where the call waits
 * for other pictures of the list.
 *
 * @param card that of the model, or of its encoder
 * @returns [n, …item shape]
 * @throws LatentkitError `invalid-data` for what is no image, `not-found`, `network`; InputError for an
 *   element that shows nothing yet or that another origin withholds; ArgumentError for a model whose items are
 *   no images; AbortedError
 */
export async function readImages(
  images: Iterable<PictureInput>,
  card: ModelCard,
  options: ReadImageOptions = {},
): Promise<Tensor<'float32'>> {
  return readPictures(images, card, options, DECODER);
}

const DECODER: PictureDecoder<PictureInput> = {
  decode: (picture, _, { signal }) => readPixels(picture as StillPicture, signal),
  decodeNow: (picture) => (isLive(picture) ? livePixels(picture) : undefined),
  atATime: 2,
};

/** Reads pictures a few at a time, for `encoder.stream`; see {@link readImages}. */
export async function* streamImages(
  images: Iterable<PictureInput> | AsyncIterable<PictureInput>,
  card: ModelCard,
  options: StreamImageOptions = {},
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  yield* streamPictures(images, card, options, DECODER);
}
