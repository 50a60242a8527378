import type { Page } from 'playwright-core';

/**
 * The pixels of a canvas: red, green, blue and alpha. Read from a copy, so that the canvas stays where the page
 * has it, in the memory of the GPU say.
 */
async function pixelsOf(page: Page, id: string): Promise<{ width: number; data: number[] }> {
  return page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    const { width, height } = canvas;
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
    })!;
    context.drawImage(canvas, 0, 0);
    return { width, data: [...context.getImageData(0, 0, width, height).data] };
  }, id);
}

/** The grey values of a canvas, row by row, 0 for black. */
export async function greysOf(page: Page, id: string): Promise<number[]> {
  const { data } = await pixelsOf(page, id);
  return data.filter((_, i) => i % 4 === 0);
}

/** The mean grey value of a canvas. */
export async function inkOf(page: Page, id: string): Promise<number> {
  const greys = await greysOf(page, id);
  return greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
}

/** The grey value at a place of a canvas, from 0 to 1 across and down. */
export async function greyAt(page: Page, id: string, x: number, y: number): Promise<number> {
  const { width, data } = await pixelsOf(page, id);
  const height = data.length / 4 / width;
  return data[4 * (Math.floor(y * height) * width + Math.floor(x * width))]!;
}
