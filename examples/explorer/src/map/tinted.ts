import type { Thumbnails } from '../data/thumbnails.ts';

/** Pictures that are kept drawn. */
const KEPT = 1500;

/**
 * Small pictures as the map shows them. Grey ones become ink in the colour of their point: what is light on dark
 * paper, or dark on light, is drawn, and the paper is left out.
 */
export class TintedThumbnails {
  readonly #thumbnails: Thumbnails;
  readonly #kept = new Map<number, { readonly canvas: OffscreenCanvas; readonly colour: string }>();

  constructor(thumbnails: Thumbnails) {
    this.#thumbnails = thumbnails;
  }

  /** @returns undefined until the sheet of the picture is there */
  get(index: number, colour: string): OffscreenCanvas | undefined {
    const known = this.#kept.get(index);
    if (known?.colour === colour) return known.canvas;
    const cell = this.#thumbnails.cell(index);
    if (!cell) return undefined;
    const { width, height, ink } = this.#thumbnails.info;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: ink !== undefined });
    if (!context) return undefined;
    context.drawImage(cell.sheet, cell.x, cell.y, width, height, 0, 0, width, height);
    if (ink) {
      const image = context.getImageData(0, 0, width, height);
      for (let i = 0; i < image.data.length; i += 4) {
        const grey = image.data[i] as number;
        image.data[i + 3] = ink === 'light' ? grey : 255 - grey;
      }
      context.putImageData(image, 0, 0);
      context.globalCompositeOperation = 'source-in';
      context.fillStyle = colour;
      context.fillRect(0, 0, width, height);
    }
    this.#kept.delete(index);
    this.#kept.set(index, { canvas, colour });
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as number);
    return canvas;
  }
}
