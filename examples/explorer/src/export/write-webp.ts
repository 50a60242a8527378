import { animatedWebp } from './webp.ts';

const TYPE = 'image/webp';

/** Whether this browser writes WebP: not all that show it do. */
export async function writesWebp(): Promise<boolean> {
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext('2d');
  return (await canvas.convertToBlob({ type: TYPE })).type === TYPE;
}

/**
 * Writes frames as an animated WebP without loss that begins again when it ends.
 *
 * @param frames of one size
 * @param delay of each frame, in ms
 */
export async function writeWebp(frames: readonly ImageData[], delay: number): Promise<Blob> {
  const { width = 1, height = 1 } = frames[0] ?? {};
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  const pictures: Uint8Array[] = [];
  for (const frame of frames) {
    context.putImageData(frame, 0, 0);
    const blob = await canvas.convertToBlob({ type: TYPE, quality: 1 });
    pictures.push(new Uint8Array(await blob.arrayBuffer()));
  }
  return new Blob([animatedWebp(pictures, { width, height, delay })], { type: TYPE });
}
