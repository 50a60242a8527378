import { applyPalette, GIFEncoder, quantize } from 'gifenc';

/**
 * Writes frames as an animated GIF that begins again when it ends.
 *
 * @param frames of one size
 * @param delay of each frame, in ms
 */
export function writeGif(frames: readonly ImageData[], delay: number): Blob {
  const encoder = GIFEncoder();
  for (const { data, width, height } of frames) {
    const palette = quantize(data, 256);
    encoder.writeFrame(applyPalette(data, palette), width, height, { palette, delay });
  }
  encoder.finish();
  return new Blob([encoder.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}
