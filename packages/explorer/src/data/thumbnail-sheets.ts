import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { itemToPixels, type ModelCard, pictureTarget } from '@latentkit/core';
import sharp from 'sharp';
import type { ThumbnailInfo } from '../explorer-info.ts';

/** Side of a full sheet, in pixels at most: every GPU takes a texture of that size. */
const SHEET = 2048;
/** Side of a thumbnail, in pixels at most. */
const LARGEST = 64;
/** Means of the pixels at the rim beyond which grey pictures are drawn with light, or with dark. */
const DARK = 48;
const LIGHT = 207;

/** Lays the pictures of items side by side into sheets, and writes each as WebP when it is full. */
export class ThumbnailSheets {
  readonly #folder: string;
  readonly #card: ModelCard;
  readonly #files: string[] = [];
  readonly #width: number;
  readonly #height: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #channels: number;
  readonly #item: { readonly width: number; readonly height: number };
  #sheet: Buffer;
  #onSheet = 0;
  #rim = { sum: 0, count: 0 };

  /** @param card of a model whose items are pictures */
  constructor(folder: string, card: ModelCard) {
    const { width, height, channels } = pictureTarget(card);
    const scale = Math.min(1, LARGEST / Math.max(width, height));
    this.#folder = folder;
    this.#card = card;
    this.#item = { width, height };
    this.#width = Math.max(1, Math.round(width * scale));
    this.#height = Math.max(1, Math.round(height * scale));
    this.#columns = Math.floor(SHEET / this.#width);
    this.#rows = Math.floor(SHEET / this.#height);
    this.#channels = channels;
    this.#sheet = this.#empty();
  }

  #empty(): Buffer {
    return Buffer.alloc(this.#columns * this.#width * this.#rows * this.#height * this.#channels);
  }

  /** @param item values in the card's range and layout */
  async add(item: Float32Array): Promise<void> {
    const channels = this.#channels as 1 | 3 | 4;
    const full = itemToPixels(item, this.#card);
    this.#lookAtRim(full);
    const { width, height } = this.#item;
    const small: Uint8Array | Uint8ClampedArray =
      width === this.#width && height === this.#height
        ? full
        : await sharp(new Uint8Array(full), { raw: { width, height, channels } })
            .resize(this.#width, this.#height, { fit: 'fill' })
            .raw()
            .toBuffer();
    const rowBytes = this.#width * channels;
    const left = (this.#onSheet % this.#columns) * rowBytes;
    const top = Math.floor(this.#onSheet / this.#columns) * this.#height;
    for (let y = 0; y < this.#height; y++) {
      this.#sheet.set(
        small.subarray(y * rowBytes, (y + 1) * rowBytes),
        (top + y) * this.#columns * rowBytes + left,
      );
    }
    this.#onSheet += 1;
    if (this.#onSheet === this.#columns * this.#rows) await this.#write();
  }

  #lookAtRim(pixels: Uint8ClampedArray): void {
    const { width, height } = this.#item;
    if (this.#channels !== 1) return;
    for (let x = 0; x < width; x++) {
      this.#rim.sum += (pixels[x] as number) + (pixels[(height - 1) * width + x] as number);
    }
    this.#rim.count += 2 * width;
  }

  async #write(): Promise<void> {
    const file = `thumbnails-${this.#files.length}.webp`;
    const width = this.#columns * this.#width;
    const height = Math.ceil(this.#onSheet / this.#columns) * this.#height;
    const channels = this.#channels as 1 | 3 | 4;
    const used = this.#sheet.subarray(0, width * height * channels);
    const webp = await sharp(used, { raw: { width, height, channels } })
      .webp({ quality: 88, smartSubsample: true, effort: 4 })
      .toBuffer();
    await writeFile(join(this.#folder, file), webp);
    this.#files.push(file);
    this.#sheet = this.#empty();
    this.#onSheet = 0;
  }

  /** Writes what is left. */
  async finish(): Promise<ThumbnailInfo> {
    if (this.#onSheet > 0) await this.#write();
    const rim = this.#rim.sum / Math.max(1, this.#rim.count);
    const ink = rim < DARK ? 'light' : rim > LIGHT ? 'dark' : undefined;
    return {
      files: this.#files,
      width: this.#width,
      height: this.#height,
      columns: this.#columns,
      rows: this.#rows,
      ...(this.#channels === 1 && ink ? { ink } : {}),
    };
  }
}
