/** Side of the larger edge of what is written, in pixels, at least. */
const LEAST = 196;

/** By how much pictures of a size are enlarged for a file, each pixel to a square of so many. */
export const enlargement = ({ width, height }: { width: number; height: number }): number =>
  Math.max(1, Math.ceil(LEAST / Math.max(width, height)));

export function enlarged({ data, width, height }: ImageData, scale: number): ImageData {
  const out = new ImageData(width * scale, height * scale);
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = new Uint32Array(out.data.buffer);
  for (let y = 0; y < height * scale; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < width * scale; x++) {
      to[y * width * scale + x] = from[row + Math.floor(x / scale)] as number;
    }
  }
  return out;
}
