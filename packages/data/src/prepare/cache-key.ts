import { createHash } from 'node:crypto';
import { BT601, type PictureTarget } from '@latentkit/core';
import type { PictureSource } from '../sources/picture-source.ts';

/** To be raised when the same pictures would come out otherwise. */
const VERSION = 2;

/** A name for what preparing a source for a target gives: it changes with anything that goes in. */
export function cacheKey(
  { location, entries }: Pick<PictureSource, 'location' | 'entries'>,
  { width, height, channels, fit = 'cover', background = [0, 0, 0], grey = BT601 }: PictureTarget,
): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([VERSION, location, width, height, channels, fit, background, grey]));
  for (const { id, bytes, stamp } of entries)
    hash.update(`\n${JSON.stringify([id, bytes, stamp])}`);
  return hash.digest('hex').slice(0, 32);
}
