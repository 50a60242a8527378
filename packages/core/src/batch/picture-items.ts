import type { ModelCard } from '../card/card.ts';
import { checkCardFields } from '../card/check-card-fields.ts';
import { checkChoice, checkOptions } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { type Colour, parseColour } from '../images/colour.ts';
import { FITS, type Fit, type PictureTarget } from '../images/fit-picture.ts';
import { checkFloats } from '../tensor.ts';

/** What a caller may want otherwise than the card says. */
export interface FitOptions {
  /**
   * How an image of another shape becomes the model's: cut (`'cover'`), padded (`'contain'`) or
   * stretched (`'fill'`); as the card says by default, `'cover'` where it does not.
   */
  readonly fit?: Fit | undefined;
  /**
   * Shows through transparent pixels and fills padding: `'#rrggbb'`, `'#rgb'`, `'black'`, `'white'` or
   * [r, g, b]; as the card says by default, black where it does not.
   */
  readonly background?: Colour | undefined;
}

/**
 * What a picture must become to be an item of the model.
 *
 * @throws ArgumentError for a model whose items are no pictures, or an option outside its domain
 */
export function pictureTarget(
  card: Pick<ModelCard, 'name' | 'item' | 'preprocessing'>,
  options: FitOptions = {},
): PictureTarget {
  checkCardFields(card, ['item', 'preprocessing']);
  checkOptions(options);
  const { fit, background } = options;
  if (fit !== undefined) checkChoice('fit', fit, FITS);
  const { item, preprocessing, name } = card;
  const [a = 0, b = 0, c = 0] = item.shape;
  const [height, width, channels] = item.layout === 'CHW' ? [b, c, a] : [a, b, c];
  const isPicture = item.shape.length === 3 && item.layout !== 'flat';
  if (!isPicture || (channels !== 1 && channels !== 3 && channels !== 4)) {
    throw new ArgumentError(
      'model',
      'one of images: items [height, width, channels] or [channels, height, width] with 1, 3 or 4 channels',
      `${name}: ${item.layout} [${item.shape.join(', ')}]`,
    );
  }
  return {
    width,
    height,
    channels,
    fit: fit ?? preprocessing.fit,
    background: background === undefined ? preprocessing.background : parseColour(background),
    grey: preprocessing.grey,
  };
}

/**
 * Pixels in rows of interleaved channels, as values in the card's layout: value = pixel · scale + offset.
 *
 * @param pixels [height × width × channels], as `fitPicture` gives them
 * @param out overwritten; a part of a larger array serves
 */
export function pixelsToItem(
  pixels: Uint8Array,
  card: Pick<ModelCard, 'name' | 'item' | 'preprocessing'>,
  out: Float32Array,
): void {
  checkCardFields(card, ['item', 'preprocessing']);
  checkFloats('out', out);
  if (
    !(ArrayBuffer.isView(pixels) && pixels.BYTES_PER_ELEMENT === 1) ||
    pixels.length < out.length
  ) {
    throw new ArgumentError('pixels', `${out.length} bytes, one for each value of out`, pixels);
  }
  const { scale, offset } = card.preprocessing;
  const index = interleaving(card);
  for (let i = 0; i < out.length; i++) out[index(i)] = (pixels[i] as number) * scale + offset;
}

/** The inverse of {@link pixelsToItem}, rounded; values outside the card's range are clipped. */
export function itemToPixels(
  values: Float32Array,
  card: Pick<ModelCard, 'name' | 'item' | 'preprocessing'>,
): Uint8ClampedArray {
  checkCardFields(card, ['item', 'preprocessing']);
  checkFloats('values', values);
  const { scale, offset } = card.preprocessing;
  const index = interleaving(card);
  // A Uint8ClampedArray rounds and clips by itself.
  const pixels = new Uint8ClampedArray(values.length);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = ((values[index(i)] as number) - offset) / scale;
  }
  return pixels;
}

/** The place in the card's layout of the i-th value of interleaved channels. */
function interleaving(
  card: Pick<ModelCard, 'name' | 'item' | 'preprocessing'>,
): (i: number) => number {
  if (card.item.layout !== 'CHW') return (i) => i;
  const { height, width, channels } = pictureTarget(card);
  return (i) => (i % channels) * height * width + Math.floor(i / channels);
}
