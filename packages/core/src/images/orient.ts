import { ArgumentError } from '../errors/index.ts';
import { checkPixels, type Pixels } from './pixels.ts';

/**
 * For each orientation of EXIF: whether rows and columns change places, and whether the upright
 * picture's columns and rows are read from the far end of the stored one's.
 */
const ORIENTATIONS: readonly (readonly [swap: boolean, fromRight: boolean, fromBelow: boolean])[] =
  [
    [false, false, false], // 1: upright
    [false, true, false], // 2: mirrored
    [false, true, true], // 3: upside down
    [false, false, true], // 4: upside down and mirrored
    [true, false, false], // 5: transposed
    [true, false, true], // 6: to be turned right by 90°
    [true, true, true], // 7: transposed the other way
    [true, true, false], // 8: to be turned left by 90°
  ];

/**
 * Turns a picture upright.
 *
 * @param orientation the value of the EXIF tag `Orientation`, 1 to 8 (CIPA DC-008, 4.6.5)
 * @returns the picture itself where it stands upright already
 * @throws ArgumentError for another orientation, InputError for a picture that is none
 */
export function orient(picture: Pixels, orientation: number): Pixels {
  checkPixels(picture);
  const turn = ORIENTATIONS[orientation - 1];
  if (!turn) throw new ArgumentError('orientation', 'an integer from 1 to 8', orientation);
  if (orientation === 1) return picture;
  const [swap, fromRight, fromBelow] = turn;
  const { width, height, channels, data } = picture;
  const upright = { width: swap ? height : width, height: swap ? width : height };
  const out = new Uint8Array(data.length);
  // Steps in the stored picture for one pixel to the right and one row down in the upright one.
  const column = (fromRight ? -1 : 1) * channels;
  const row = (fromBelow ? -1 : 1) * channels * width;
  const [right, down] = swap ? [row, column] : [column, row];
  const start =
    (fromRight ? (width - 1) * channels : 0) + (fromBelow ? (height - 1) * width * channels : 0);
  let to = 0;
  for (let y = 0; y < upright.height; y++) {
    let from = start + y * down;
    for (let x = 0; x < upright.width; x++, from += right) {
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] as number;
    }
  }
  return { data: out, channels, ...upright };
}
