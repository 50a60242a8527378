import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ArgumentError,
  LatentkitError,
  type ModelCard,
  type ReadImageOptions,
  type ReducedPixels,
  type StreamImageOptions,
  type Tensor,
} from '@latentkit/core';
import {
  describeValue,
  isBytes,
  isShared,
  type PictureDecoder,
  readPictures,
  streamPictures,
} from '@latentkit/core/runtime';
import {
  decodePicture,
  fitPicture,
  isUrl,
  loadSharp,
  pictureFault,
  type SharpModule,
} from '@latentkit/system';
import { isBlob, isUrlObject } from '../kind-of.ts';
import type { ImageInput } from './image-types.ts';

/** `readImages`. */
export async function readImages(
  images: Iterable<ImageInput>,
  card: ModelCard,
  options: ReadImageOptions,
): Promise<Tensor<'float32'>> {
  return readPictures(images, card, options, DECODER);
}

const DECODER: PictureDecoder<ImageInput> = {
  decode: async (image) => readImage(await loadSharp(), image),
  fit: fitPicture,
  atATime: 8,
};

/** `streamImages`. */
export async function* streamImages(
  images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
  card: ModelCard,
  options: StreamImageOptions,
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  yield* streamPictures(images, card, options, DECODER);
}

async function readImage(sharp: SharpModule, input: ImageInput): Promise<ReducedPixels> {
  const source = await locate(input);
  try {
    return await decodePicture(sharp, source);
  } catch (cause) {
    const name = nameOf(input, source);
    if (typeof source === 'string' && (await stat(source).catch(() => undefined))?.isDirectory()) {
      throw new LatentkitError(
        'invalid-data',
        `${name} is a folder, and no picture: name the pictures in it.`,
        { cause },
      );
    }
    const missing = typeof source === 'string' && /missing/i.test((cause as Error).message);
    throw new LatentkitError(
      missing ? 'not-found' : 'invalid-data',
      missing
        ? `${name} does not exist${isAbsolute(name) ? '' : ` in ${process.cwd()}`}.`
        : `${name} cannot be read as an image: ${pictureFault(cause)}.`,
      { cause },
    );
  }
}

/** What an error calls a picture: a file by its path or name, a Blob with its type and size. */
function nameOf(input: ImageInput, source: string | Uint8Array): string {
  if (typeof source === 'string') return source;
  if (!isBlob(input)) return describeValue(source);
  const { name = 'a Blob', type, size } = input as File;
  return `${name} (${type || 'no type'}, ${size} bytes)`;
}

async function locate(input: unknown): Promise<string | Uint8Array> {
  if (typeof input === 'string') {
    // Files may have a colon in their names.
    const isAddress = isUrl(input) || /^(?:data|blob):/i.test(input);
    return isAddress && URL.canParse(input) ? locate(new URL(input)) : input;
  }
  if (isBytes(input)) {
    // Native code takes no memory that threads share, and none of another realm's types.
    return isShared(input.buffer) ? Uint8Array.from(input) : viewOf(input);
  }
  if (isUrlObject(input) && input.protocol === 'file:') return fileURLToPath(input.href);
  if (isBlob(input)) return new Uint8Array(await input.arrayBuffer());
  throw new ArgumentError(
    'image',
    'the path or file: URL of a picture, its bytes, or a Blob (fetch what is elsewhere first); values of items are no pictures: give one Float32Array or tensor of all items',
    isUrlObject(input) ? `a ${input.protocol} URL` : input,
  );
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
