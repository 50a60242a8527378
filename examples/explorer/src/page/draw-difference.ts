import type { Rgb } from '../data/colours.ts';

/** Draws where two pictures differ: nothing where they are alike, the colour in full where they differ by all. */
export function drawDifference(
  canvas: HTMLCanvasElement,
  a: ImageData,
  b: ImageData,
  [red, green, blue]: Rgb,
): void {
  const { width, height } = a;
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < a.data.length; i += 4) {
    let most = 0;
    for (let c = 0; c < 3; c++) {
      most = Math.max(most, Math.abs((a.data[i + c] as number) - (b.data[i + c] as number)));
    }
    image.data.set([red, green, blue, most], i);
  }
  (canvas.getContext('2d') as CanvasRenderingContext2D).putImageData(image, 0, 0);
}
