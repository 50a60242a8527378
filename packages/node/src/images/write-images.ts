import { extname, resolve } from 'node:path';
import {
  ArgumentError,
  InputError,
  isTensor,
  itemToPixels,
  type ModelCard,
  pictureTarget,
  type Tensor,
} from '@latentkit/core';
import { checkChoice, checkList, checkNames, checkText } from '@latentkit/core/runtime';
import { loadSharp, writeFileWhole } from '@latentkit/system';
import type { EncodeImageOptions, ImageFormat } from './image-types.ts';

const FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'webp'];

/** Their names. */
const ENCODE_OPTIONS: Readonly<Record<keyof EncodeImageOptions, true>> = {
  format: true,
  quality: true,
  scale: true,
};

/** `encodeImages`. */
export async function encodeImages(
  items: Tensor<'float32'>,
  card: ModelCard,
  options: EncodeImageOptions,
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
  const bad = items.data.findIndex((value) => Number.isNaN(value));
  if (bad >= 0) {
    throw new InputError(`item ${Math.floor(bad / size)}, value ${bad % size}`, 'a number', 'NaN');
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

/** `writeImages`. */
export async function writeImages(
  items: Tensor<'float32'>,
  card: ModelCard,
  paths: readonly string[],
  options: EncodeImageOptions,
): Promise<void> {
  checkList('paths', paths, 'an array of paths');
  checkNames(options, ENCODE_OPTIONS);
  if (options.format !== undefined) checkChoice('format', options.format, FORMATS);
  const formats = paths.map((path) => options.format ?? formatOf(path));
  const places = paths.map((path) => resolve(path));
  const again = places.findIndex((place, index) => places.indexOf(place) !== index);
  if (again >= 0) {
    throw new ArgumentError('paths', 'a path of its own for each image', paths[again]);
  }
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
