import { type AbortSignalLike, InputError, LatentkitError, type Pixels } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { kindOf } from '../kind-of.ts';
import { download } from '../sources/download.ts';
import { aPage, isPage } from '../sources/is-page.ts';
import { fileOf, type LivePicture, type StillPicture } from './picture.ts';

/** Far beyond any picture that a browser decodes. */
const FILE_LIMIT = 2 ** 30;

/** From this side on a picture may be too large for a canvas, or for us. */
const LARGE = 2 ** 14;

/** Upright, without its colours multiplied by alpha; a profile is converted unless it is forbidden. */
const AS_IT_IS: ImageBitmapOptions = {
  premultiplyAlpha: 'none',
  imageOrientation: 'from-image',
};

/** The colours of a canvas as half floats, in browsers that have it. */
const HALVES = { colorType: 'float16' } as const;

/**
 * The pixels of a picture that is decoded: upright, in 8-bit sRGB.
 *
 * @throws LatentkitError `invalid-data` for what the browser cannot decode, `not-found`, `network`, `too-large`;
 *   InputError for a picture whose pixels the browser withholds;
 *   ArgumentError for what is no picture; AbortedError
 */
export async function readPixels(
  picture: StillPicture,
  signal: AbortSignalLike | undefined,
): Promise<Pixels> {
  const file = fileOf(picture);
  const name = nameOf(picture, file);
  let bitmap: ImageBitmap;
  try {
    if (!file) await (picture as HTMLImageElement).decode();
    const source = file instanceof URL ? await fetchPicture(file, signal) : (file ?? picture);
    bitmap = await createImageBitmap(source as Blob | HTMLImageElement, AS_IT_IS);
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    throw new LatentkitError(
      'invalid-data',
      `${name} cannot be read as an image (${(cause as Error).message}). Give a PNG, JPEG or WebP.`,
      { cause },
    );
  }
  try {
    throwIfAborted(signal, 'Reading images');
    if (Math.max(bitmap.width, bitmap.height) < LARGE) return await bitmapPixels(bitmap);
    const { tiledPixels } = await import('./tiles.ts');
    return await tiledPixels(bitmap, name, bitmapPixels);
  } finally {
    bitmap.close();
  }
}

async function bitmapPixels(bitmap: ImageBitmap): Promise<Pixels> {
  const drawn = livePixels(bitmap);
  if (isOpaque(drawn.data)) return drawn;
  const { framePixels } = await import('./frame-pixels.ts');
  return framePixels(bitmap, drawn, HALVES);
}

/** What an error calls a picture: a file by its name, where it has one, with its type and size. */
function nameOf(picture: StillPicture, file: Blob | URL | undefined): string {
  if (file instanceof URL) return file.href;
  const kind = `a ${kindOf(picture)}`;
  if (!file) return kind;
  const { name = kind, type, size } = file as File;
  return `${name} (${type || 'no type'}, ${size} bytes)`;
}

async function fetchPicture(url: URL, signal: AbortSignalLike | undefined): Promise<Blob> {
  const bytes = await download(url.href, {
    signal,
    limit: FILE_LIMIT,
    tooLarge: () =>
      new LatentkitError('too-large', `${url.href} has more than ${FILE_LIMIT} bytes.`),
  });
  if (isPage(bytes)) throw aPage(url.href, 'picture');
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

/** The pixels that a picture shows now. */
export function livePixels(picture: LivePicture): Pixels {
  const kind = kindOf(picture);
  const { width, height } = sizeOf(picture, kind);
  if (!(width > 0 && height > 0)) {
    throw new InputError(
      'image',
      'a picture of at least one pixel',
      `a ${kind} of ${width} × ${height}: it is not loaded yet, or closed already`,
    );
  }
  if (kind === 'ImageData') {
    const { data, colorSpace = 'srgb' } = picture as ImageData;
    if (kindOf(data) === 'Uint8ClampedArray' && colorSpace === 'srgb') {
      return { data: data as Uint8ClampedArray, width, height, channels: 4 };
    }
  }
  const draw = (options: object) => drawn(picture, { width, height, kind }, options);
  const data = draw({});
  // A canvas holds colours multiplied by alpha, in 8 bits: in half floats nothing that is seen gets lost.
  return { data: isOpaque(data) ? data : draw(HALVES), width, height, channels: 4 };
}

function sizeOf(picture: LivePicture, kind: string): { width: number; height: number } {
  if (kind === 'HTMLVideoElement') {
    const { videoWidth, videoHeight, readyState } = picture as HTMLVideoElement;
    // Before HAVE_CURRENT_DATA there is a size, but nothing to draw.
    return readyState < 2 ? { width: 0, height: 0 } : { width: videoWidth, height: videoHeight };
  }
  if (kind === 'VideoFrame') {
    const { displayWidth, displayHeight } = picture as VideoFrame;
    return { width: displayWidth, height: displayHeight };
  }
  return picture as { width: number; height: number };
}

function drawn(
  picture: LivePicture,
  { width, height, kind }: { width: number; height: number; kind: string },
  options: object,
): Uint8ClampedArray {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
    colorSpace: 'srgb',
    ...options,
  }) as OffscreenCanvasRenderingContext2D;
  try {
    if (kind === 'ImageData') context.putImageData(picture as ImageData, 0, 0);
    else context.drawImage(picture as CanvasImageSource, 0, 0, width, height);
    // Of a canvas beyond its limits Chromium reads black.
    if (context.isContextLost?.()) throw new Error('it is too large for a canvas');
    return context.getImageData(0, 0, width, height).data as Uint8ClampedArray;
  } catch (cause) {
    if ((cause as Error).name !== 'SecurityError') {
      throw new LatentkitError(
        'invalid-data',
        `The pixels of a ${kind} cannot be read: ${(cause as Error).message}.`,
        { cause },
      );
    }
    throw new InputError(
      'image',
      'a picture of this origin, or of one that allows it (CORS headers, and crossorigin="anonymous" on its element)',
      `a ${kind} whose pixels the browser withholds`,
      { cause },
    );
  }
}

function isOpaque(rgba: ArrayLike<number>): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
