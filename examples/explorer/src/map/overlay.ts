import { cssOf, type Rgb } from '../data/colours.ts';
import type { Thumbnails } from '../data/thumbnails.ts';
import type { Camera } from './camera.ts';
import { TintedThumbnails } from './tinted.ts';

/** Side of a picture on the map, and of the cell that it keeps to itself, in CSS pixels. */
const SIDE = 30;
const CELL = 34;
/** Points in sight for each cell above which there are no pictures: they would hide more than they show. */
const CROWDED = 2;

/** What lies over the points: pictures of those that are near, the lasso, ways, rings around groups. */
export class Overlay {
  readonly canvas: HTMLCanvasElement;
  positions: Float32Array = new Float32Array();
  /** [count × 4] */
  colours: Uint8Array = new Uint8Array();
  lasso: readonly (readonly [number, number])[] | undefined;
  /** A way on the map, from one place to another. */
  way: readonly (readonly [number, number])[] = [];
  /** Points with a ring around them, by the colour of the ring. */
  rings: readonly { readonly colour: string; readonly indices: readonly number[] }[] = [];
  accent = '#000';
  readonly #tinted: TintedThumbnails;
  /** Where the pictures of this drawing are, by their cells. */
  readonly #at = new Map<number, readonly [number, number]>();

  constructor(canvas: HTMLCanvasElement, thumbnails: Thumbnails) {
    this.canvas = canvas;
    this.#tinted = new TintedThumbnails(thumbnails);
  }

  /** Whether so many points in sight leave room for pictures. */
  hasRoom(seen: number): boolean {
    return seen <= CROWDED * this.#columns() * Math.ceil(this.canvas.clientHeight / CELL);
  }

  #columns(): number {
    return Math.ceil(this.canvas.clientWidth / CELL) + 2;
  }

  /** @param pictured the points whose pictures are shown, as far as there is room */
  draw({ scale, left, top }: Camera, density: number, pictured: readonly number[]): void {
    const context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, this.canvas.width / density, this.canvas.height / density);
    const pixel = ([x, y]: readonly [number, number]) =>
      [x * scale + left, y * scale + top] as const;
    const pointPixel = (index: number) =>
      pixel([this.positions[2 * index] as number, this.positions[2 * index + 1] as number]);
    this.#drawPictures(context, pictured, pointPixel);
    for (const { colour, indices } of this.rings) {
      context.strokeStyle = colour;
      context.globalAlpha = indices.length > 200 ? 0.35 : 0.8;
      context.lineWidth = 1.5;
      context.beginPath();
      for (const index of indices.slice(0, 20_000)) {
        const [x, y] = pointPixel(index);
        context.moveTo(x + 4.5, y);
        context.arc(x, y, 4.5, 0, 2 * Math.PI);
      }
      context.stroke();
      context.globalAlpha = 1;
    }
    this.#drawLine(context, this.way.map(pixel), false);
    for (const [x, y] of this.way.map(pixel)) {
      context.beginPath();
      context.arc(x, y, 2.5, 0, 2 * Math.PI);
      context.fill();
    }
    if (this.lasso) this.#drawLine(context, this.lasso.map(pixel), true);
  }

  #drawLine(
    context: CanvasRenderingContext2D,
    line: readonly (readonly [number, number])[],
    closed: boolean,
  ): void {
    if (line.length < 2) return;
    context.strokeStyle = this.accent;
    context.fillStyle = this.accent;
    context.lineWidth = 1.75;
    context.lineJoin = 'round';
    context.beginPath();
    for (const [x, y] of line) context.lineTo(x, y);
    if (closed) {
      context.closePath();
      context.globalAlpha = 0.08;
      context.fill();
      context.globalAlpha = 1;
    }
    context.stroke();
  }

  #drawPictures(
    context: CanvasRenderingContext2D,
    seen: readonly number[],
    pointPixel: (index: number) => readonly [number, number],
  ): void {
    const columns = this.#columns();
    const taken = new Set<number>();
    context.imageSmoothingQuality = 'high';
    // By their numbers, so that the same ones are shown from one frame to the next.
    for (const index of [...seen].sort((a, b) => a - b)) {
      if ((this.colours[4 * index + 3] as number) < 128) continue;
      const [x, y] = pointPixel(index);
      const cell = (Math.floor(y / CELL) + 1) * columns + Math.floor(x / CELL) + 1;
      if (taken.has(cell)) continue;
      const around = [cell - 1, cell + 1, cell - columns, cell + columns];
      if (around.some((one) => taken.has(one) && this.#isClose(one, x, y))) continue;
      const rgb = [0, 1, 2].map((c) => this.colours[4 * index + c]) as unknown as Rgb;
      const picture = this.#tinted.get(index, cssOf(rgb));
      if (!picture) continue;
      taken.add(cell);
      this.#at.set(cell, [x, y]);
      context.drawImage(picture, x - SIDE / 2, y - SIDE / 2, SIDE, SIDE);
    }
    this.#at.clear();
  }

  #isClose(cell: number, x: number, y: number): boolean {
    const other = this.#at.get(cell);
    return other !== undefined && Math.abs(other[0] - x) < SIDE && Math.abs(other[1] - y) < SIDE;
  }
}
