import { applyPalette, GIFEncoder, quantize } from 'gifenc';

/** Side of the larger edge of what is written, in pixels, at least. */
const LEAST = 196;

/**
 * Writes frames as an animated GIF that begins again when it ends.
 *
 * @param frames of one size
 * @param delay of each frame, in ms
 */
export function writeGif(frames: readonly ImageData[], delay: number): Blob {
  const { width = 1, height = 1 } = frames[0] ?? {};
  const scale = Math.max(1, Math.ceil(LEAST / Math.max(width, height)));
  const encoder = GIFEncoder();
  for (const frame of frames) {
    const pixels = enlarged(frame, scale);
    const palette = quantize(pixels, 256);
    encoder.writeFrame(applyPalette(pixels, palette), width * scale, height * scale, {
      palette,
      delay,
    });
  }
  encoder.finish();
  return new Blob([encoder.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}

function enlarged({ data, width, height }: ImageData, scale: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(data.length * scale * scale);
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = new Uint32Array(out.buffer);
  for (let y = 0; y < height * scale; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < width * scale; x++) {
      to[y * width * scale + x] = from[row + Math.floor(x / scale)] as number;
    }
  }
  return out;
}

/** Gives a file to the person, as a download. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
