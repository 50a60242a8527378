import type { PictureTarget, ReducedPixels } from '@latentkit/core';
import { fitPictureBy } from '@latentkit/core/runtime';
import { fastPasses } from './passes.ts';

/** Core's `fitPicture`, sooner: the same bytes, resampled by WebAssembly. */
export function fitPicture(picture: ReducedPixels, target: PictureTarget): Uint8Array {
  return fitPictureBy(picture, target, fastPasses());
}
