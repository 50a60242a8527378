import { loadSharp } from '@latentkit/system';
import type { Check } from '../finding.ts';

/** sharp, which reads and writes all files of pictures: a pixel there and back. */
export const pictures: Check = {
  name: 'sharp',
  vital: true,
  run: async () => {
    const sharp = await loadSharp();
    const pixel = Uint8Array.of(7, 77, 177);
    const raw = { width: 1, height: 1, channels: 3 } as const;
    const png = await sharp(pixel, { raw }).png().toBuffer();
    const read = await sharp(png).raw().toBuffer();
    if (pixel.some((value, i) => value !== read[i])) {
      return {
        health: 'fault',
        says: `a pixel of ${pixel.join(', ')} came back as ${[...read].join(', ')}`,
        remedy: 'Install it again: npm install sharp',
      };
    }
    const { sharp: version, vips } = sharp.versions as Record<string, string>;
    return { health: 'ok', says: `${version} with libvips ${vips} writes and reads pictures` };
  },
};
