import { checkObject } from '../errors/check.ts';
import { describeValue, InputError } from '../errors/index.ts';

/** A decoded picture: 8-bit sRGB values, rows from the top, channels interleaved, alpha not multiplied in. */
export interface Pixels {
  /** [height × width × channels] */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1: grey; 2: grey and alpha; 3: red, green, blue; 4: with alpha. */
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * @throws ArgumentError for what is no object; InputError for sizes that are no positive integers, or that
 *   are not those of the data
 */
export function checkPixels(picture: Pixels): void {
  checkObject('picture', picture, 'pixels with their width, height and channels');
  const { data, width, height, channels } = picture;
  const sizes = [width, height, channels];
  const sound = sizes.every((size) => Number.isSafeInteger(size) && size > 0) && channels <= 4;
  if (!sound) {
    throw new InputError(
      'picture',
      'a width and height of at least 1 and 1 to 4 channels',
      `${width} × ${height} with ${channels} channels`,
    );
  }
  // A typed array of another realm is one too; an array of numbers is not.
  const bytes = ArrayBuffer.isView(data) && data.BYTES_PER_ELEMENT === 1;
  if (!bytes || data.length !== width * height * channels) {
    throw new InputError(
      'picture',
      `${width * height * channels} bytes for ${width} × ${height} pixels of ${channels} channels`,
      describeValue(data),
    );
  }
}
