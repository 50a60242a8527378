import type { Pixels } from '@latentkit/core';

/**
 * The pixels of a bitmap with the colours under transparency that it lost on a canvas without half floats, as
 * Firefox has them: there a frame keeps them.
 *
 * @param drawn what a canvas gave
 * @param halves the settings of a canvas with half floats
 * @returns `drawn` where canvases have half floats, frames are missing, or hold something else than what a canvas may have lost
 */
export async function framePixels(
  bitmap: ImageBitmap,
  drawn: Pixels,
  halves: object,
): Promise<Pixels> {
  if (hasAll(halves)) return drawn;
  const { data: seen } = drawn;
  const data = new Uint8ClampedArray(seen.length);
  try {
    const frame = new VideoFrame(bitmap, { timestamp: 0 });
    await frame.copyTo(data, { format: 'RGBA' }).finally(() => frame.close());
  } catch {
    return drawn;
  }
  // Multiplied by alpha, and rounded, both are the same.
  const multiplied = (pixels: ArrayLike<number>, i: number) =>
    (pixels[i] as number) * (seen[i | 3] as number);
  const isSame = data.every((_, i) => Math.abs(multiplied(data, i) - multiplied(seen, i)) <= 510);
  return isSame ? { ...drawn, data } : drawn;
}

/** Firefox has no such method on a canvas without an element. */
interface HalfContext {
  getContextAttributes?(): object;
}

/** Whether a canvas has all settings that it is asked for. */
function hasAll(settings: object): boolean {
  const context: object | null = new OffscreenCanvas(1, 1).getContext('2d', settings);
  const had = (context as HalfContext)?.getContextAttributes?.() ?? {};
  return Object.keys(settings).every((name) => name in had);
}
