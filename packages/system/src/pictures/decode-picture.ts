import { type PictureTarget, type Pixels, type ReducedPixels, reductionFor } from '@latentkit/core';
import { readFileUpTo } from '../files/read-file.ts';
import { decodePng } from './decode-png.ts';
import type { SharpModule } from './load-sharp.ts';
import { hasKnownFormat, isTiff, startOf } from './picture-format.ts';

export interface DecodeOptions {
  /**
   * Where given, a JPEG in a file is decoded at the part of its size that `fitPicture` would reduce it
   * to for this target, if its sides are multiples of the factor: several times faster, and within
   * 2/255 of the same item.
   */
  readonly reduceFor?: PictureTarget | undefined;
}

/**
 * Decodes the first page or frame of a picture: upright, in 8-bit sRGB (profiles converted, 16 bits and
 * CMYK brought down, palettes looked up), grey or colour, with or without alpha.
 *
 * @param input the path of a file, or its bytes
 * @throws whatever sharp throws, and for a format that is not read ({@link hasKnownFormat}), and for a TIFF whose values
 *   have no known white; {@link pictureFault} puts it into words
 */
export async function decodePicture(
  sharp: SharpModule,
  input: string | Uint8Array,
  { reduceFor }: DecodeOptions = {},
): Promise<ReducedPixels> {
  const bytes = typeof input === 'string' ? await bytesOfPng(input) : input;
  const start = bytes ?? (await startOf(input as string));
  // In sharp's words, as all that it refuses itself; what is empty as well.
  if (start?.length === 0) return decodeWhole(sharp, start);
  if (start && !hasKnownFormat(start)) {
    throw new Error('Input buffer contains unsupported image format');
  }
  if (start && isTiff(start)) await checkWhite(sharp, input);
  if (reduceFor && typeof input === 'string' && /\.jpe?g$/i.test(input)) {
    const reduced = await decodeReduced(sharp, input, reduceFor);
    if (reduced) return reduced;
  }
  return (bytes && (await decodePng(bytes))) ?? decodeWhole(sharp, input);
}

/** Bytes and 16 bits reach from black to white; in these spaces nothing says how far another type does. */
const BY_TYPE = new Set(['b-w', 'grey16', 'srgb', 'rgb', 'rgb16', 'multiband']);

/**
 * @throws Error for floats, wide or signed integers of grey or RGB: some write 0 to 1 in them, some 0 to 255, some counts;
 *   and for linear light that is brighter than white on average, which would be white all over
 */
async function checkWhite(sharp: SharpModule, input: string | Uint8Array): Promise<void> {
  const { depth, space } = await sharp(input).metadata();
  if (depth === 'uchar' || depth === 'ushort') return;
  if (!BY_TYPE.has(space as string)) {
    if (space === 'scrgb') await checkLight(sharp, input);
    return;
  }
  throw new Error(
    `its values are of type ${depth}, for which nothing says what is white; save it with 8 or 16 bits a channel`,
  );
}

/** Highlights may be above 1; of values from 0 to 255 even the mean is. */
async function checkLight(sharp: SharpModule, input: string | Uint8Array): Promise<void> {
  const { channels } = await sharp(input).stats();
  const colours = channels.slice(0, 3);
  const mean = colours.reduce((sum, channel) => sum + channel.mean, 0) / colours.length;
  if (!(mean > 1)) return;
  const most = Math.max(...colours.map(({ max }) => max));
  throw new Error(
    `its values are floats of up to ${Number(most.toPrecision(4))}, ${Number(mean.toPrecision(4))} on average, where 1 is white; bring them to 0 to 1 of linear light, or save it with 8 or 16 bits a channel`,
  );
}

/** Files up to so many bytes are read whole; sharp reads larger ones as it needs them. */
const SMALL_FILE = 2 ** 22;

/** The bytes of a small file that is named as a PNG. Where it cannot be read, sharp says so. */
async function bytesOfPng(file: string): Promise<Uint8Array | undefined> {
  if (!/\.png$/i.test(file)) return undefined;
  return readFileUpTo(file, SMALL_FILE).catch(() => undefined);
}

async function decodeWhole(sharp: SharpModule, input: string | Uint8Array): Promise<Pixels> {
  // Without an argument `rotate` turns upright by EXIF.
  const { data, info } = await sharp(input)
    .rotate()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, width, height, channels: channels as Pixels['channels'] };
}

async function decodeReduced(
  sharp: SharpModule,
  file: string,
  target: PictureTarget,
): Promise<ReducedPixels | undefined> {
  const { format, width = 0, height = 0, orientation = 1 } = await sharp(file).metadata();
  if (format !== 'jpeg') return undefined;
  // Orientations from 5 on lie on their side.
  const upright = orientation >= 5 ? { width: height, height: width } : { width, height };
  // The decoder leaves out blocks that the edge cuts: only where none is cut are the two the same.
  const wanted = reductionFor(upright.width, upright.height, target);
  const factor = ([8, 4, 2] as const).find(
    (part) => part <= wanted && width % part === 0 && height % part === 0,
  );
  if (factor === undefined) return undefined;
  // An option of libvips' loader, in the form in which it takes them behind a file's name.
  const pixels = await decodeWhole(sharp, `${file}[shrink=${factor}]`);
  const asAsked =
    pixels.width * factor === upright.width && pixels.height * factor === upright.height;
  return asAsked ? { ...pixels, reducedFrom: { ...upright, factor } } : undefined;
}
