import { stat } from 'node:fs/promises';
import { extname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ArgumentError,
  InputError,
  isTensor,
  itemToPixels,
  LatentkitError,
  type ModelCard,
  pictureTarget,
  type ReadImageOptions,
  type ReducedPixels,
  type StreamImageOptions,
  type Tensor,
} from '@latentkit/core';
import {
  checkChoice,
  checkList,
  checkNames,
  checkText,
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
  writeFileWhole,
} from '@latentkit/system';

/** An image: the path or `file:` URL of a PNG, JPEG, WebP, … file, its bytes, or a Blob of them. */
export type ImageInput = string | URL | Uint8Array | Blob;

/** What an encoder takes beside items: the bytes of a file would look like an item. */
export type Picture = Exclude<ImageInput, Uint8Array>;

export type ImageFormat = 'png' | 'jpeg' | 'webp';

const FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'webp'];

export interface EncodeImageOptions {
  /** `'png'` (the default of `encodeImages`, lossless), `'jpeg'` or `'webp'`. */
  readonly format?: ImageFormat | undefined;
  /** 1 to 100, for JPEG and WebP; 90 by default. */
  readonly quality?: number | undefined;
  /** Enlarges each pixel to a square of so many; 1 by default. */
  readonly scale?: number | undefined;
}

/** Their names. */
const ENCODE_OPTIONS: Readonly<Record<keyof EncodeImageOptions, true>> = {
  format: true,
  quality: true,
  scale: true,
};

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
  return readPictures(images, card, options, DECODER);
}

const DECODER: PictureDecoder<ImageInput> = {
  decode: async (image) => readImage(await loadSharp(), image),
  fit: fitPicture,
  atATime: 8,
};

/** Decodes images a few at a time, for `encoder.stream`; see {@link readImages}. */
export async function* streamImages(
  images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
  card: ModelCard,
  options: StreamImageOptions = {},
): AsyncGenerator<Tensor<'float32'>, void, undefined> {
  yield* streamPictures(images, options, (chunk, each, before) =>
    readPictures(chunk, card, each, DECODER, before),
  );
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
  checkNames(options, ENCODE_OPTIONS);
  const { format = 'png' } = options;
  checkChoice('format', format, FORMATS);
  return encode(items, card, options, () => format);
}

async function encode(
  items: Tensor<'float32'>,
  card: ModelCard,
  { quality = 90, scale = 1 }: EncodeImageOptions,
  formatAt: (index: number) => ImageFormat,
): Promise<Buffer[]> {
  const { height, width, channels } = pictureTarget(card);
  const size = height * width * channels;
  if (!isTensor(items)) throw new ArgumentError('items', 'a tensor of n items', items);
  if (items.data.length % size !== 0) {
    throw new InputError('items', `n × ${size} values`, `${items.data.length} values`);
  }
  if (!(quality >= 1 && quality <= 100)) throw new ArgumentError('quality', '1 to 100', quality);
  if (!Number.isSafeInteger(scale) || scale < 1 || scale > 256) {
    throw new ArgumentError('scale', 'an integer from 1 to 256', scale);
  }
  const sharp = await loadSharp();
  return Promise.all(
    Array.from({ length: items.data.length / size }, (_, index) => {
      const pixels = itemToPixels(items.data.subarray(index * size, (index + 1) * size), card);
      const image = sharp(pixels, { raw: { width, height, channels } });
      const enlarged =
        scale === 1 ? image : image.resize(width * scale, height * scale, { kernel: 'nearest' });
      const format = formatAt(index);
      const options = format === 'png' ? {} : { quality: Math.round(quality) };
      return enlarged.toFormat(format, options).toBuffer();
    }),
  );
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
  checkList('paths', paths, 'an array of paths');
  checkNames(options, ENCODE_OPTIONS);
  if (options.format !== undefined) checkChoice('format', options.format, FORMATS);
  const formats = paths.map((path) => options.format ?? formatOf(path));
  const images = await encode(items, card, options, (index) => formats[index] ?? 'png');
  if (images.length !== paths.length) {
    throw new ArgumentError('paths', `${images.length} paths`, paths);
  }
  await Promise.all(
    images.map((bytes, index) =>
      writeFileWhole(paths[index] as string, bytes, { makeFolders: true }),
    ),
  );
}

/** The formats by the endings of their files. */
const ENDINGS: Readonly<Record<string, ImageFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
};

function formatOf(path: string): ImageFormat {
  checkText('paths', path, 'an array of paths');
  const format = ENDINGS[extname(path).toLowerCase()];
  if (format) return format;
  const known = Object.keys(ENDINGS).join(', ');
  throw new ArgumentError('paths', `files that end in ${known}, or the option format`, path);
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
  if (!(input instanceof Blob)) return describeValue(source);
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
  if (input instanceof URL && input.protocol === 'file:') return fileURLToPath(input);
  if (input instanceof Blob) return new Uint8Array(await input.arrayBuffer());
  throw new ArgumentError(
    'image',
    'the path or file: URL of a picture, its bytes, or a Blob (fetch what is elsewhere first); values of items are no pictures: give one Float32Array or tensor of all items',
    input instanceof URL ? `a ${input.protocol} URL` : input,
  );
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
