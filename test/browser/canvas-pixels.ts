import type { Page } from 'playwright-core';

/**
 * The pixels of a canvas: red, green, blue and alpha. Read from a copy, so that the canvas stays where the page
 * has it, in the memory of the GPU say; and as text, since the driver of the browser takes a list apart, number by
 * number, for seconds where it is a picture.
 */
async function pixelsOf(page: Page, selector: string): Promise<{ width: number; data: Buffer }> {
  const { width, text } = await page.evaluate((selector) => {
    const canvas = document.querySelector(selector) as HTMLCanvasElement;
    const { width, height } = canvas;
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
    })!;
    context.drawImage(canvas, 0, 0);
    let text = '';
    for (const byte of context.getImageData(0, 0, width, height).data) {
      text += String.fromCharCode(byte);
    }
    return { width, text: btoa(text) };
  }, selector);
  return { width, data: Buffer.from(text, 'base64') };
}

/** The grey values of a canvas, row by row, 0 for black. */
export async function greysOf(page: Page, selector: string): Promise<number[]> {
  const { data } = await pixelsOf(page, selector);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]!);
}

/** The mean grey value of a canvas. */
export async function inkOf(page: Page, selector: string): Promise<number> {
  const greys = await greysOf(page, selector);
  return greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
}

/** The grey value at a place of a canvas, from 0 to 1 across and down. */
export async function greyAt(page: Page, selector: string, x: number, y: number): Promise<number> {
  const { width, data } = await pixelsOf(page, selector);
  const height = data.length / 4 / width;
  return data[4 * (Math.floor(y * height) * width + Math.floor(x * width))]!;
}
