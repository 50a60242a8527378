import { LatentkitError } from '@latentkit/core';
import { formatCount } from '../format.ts';

/** What sharp reads and writes: a picture beyond it could not be opened by what draws it here. */
const MOST_PIXELS = 0x3fff ** 2;
/** What libpng reads. */
const LONGEST_SIDE = 1_000_000;

export interface DrawnSize {
  readonly width: number;
  readonly height: number;
  /** Of an animation; 1 by default. */
  readonly frames?: number;
  /** Of the format; what PNGs may have by default. */
  readonly longestSide?: number;
}

/**
 * Refuses what is too large to be drawn, before memory is taken for it.
 *
 * @throws LatentkitError `invalid-argument`
 */
export function checkDrawnSize({
  width,
  height,
  frames = 1,
  longestSide = LONGEST_SIDE,
}: DrawnSize): void {
  if (Math.max(width, height) <= longestSide && width * height * frames <= MOST_PIXELS) return;
  const what = `${frames === 1 ? '' : `${formatCount(frames)} frames of `}${formatCount(width)} × ${formatCount(height)} pixels`;
  throw new LatentkitError(
    'invalid-argument',
    `${what} are too large to draw: expected at most ${formatCount(longestSide)} on a side and ${formatCount(MOST_PIXELS)} in all. Take a smaller --scale, fewer pictures, or other --columns.`,
  );
}
