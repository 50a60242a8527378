import type { ExplorerInfo } from './format.ts';

/** A picture's place on a sheet. */
export interface Cell {
  readonly sheet: ImageBitmap;
  readonly x: number;
  readonly y: number;
}

/** Pictures of the points, from sheets that are fetched when they are first asked for. */
export class Thumbnails {
  readonly info: ExplorerInfo['thumbnails'];
  readonly #sheets: (ImageBitmap | undefined)[] = [];
  readonly #pending = new Set<number>();
  readonly #arrived: () => void;

  /** @param arrived called when a sheet has come that was asked for */
  constructor(info: ExplorerInfo['thumbnails'], arrived: () => void) {
    this.info = info;
    this.#arrived = arrived;
  }

  /** Where the picture of a point is; undefined until its sheet is there. */
  cell(index: number): Cell | undefined {
    const { columns, rows, width, height } = this.info;
    const number = Math.floor(index / (columns * rows));
    const sheet = this.#sheets[number];
    if (!sheet) {
      this.#fetch(number);
      return undefined;
    }
    const at = index % (columns * rows);
    return { sheet, x: (at % columns) * width, y: Math.floor(at / columns) * height };
  }

  /** Draws the picture of a point on a canvas, which gets its size; again when it has come. */
  async drawTo(canvas: HTMLCanvasElement, index: number): Promise<void> {
    const { width, height } = this.info;
    canvas.dataset['point'] = String(index);
    for (let cell = this.cell(index); ; cell = this.cell(index)) {
      if (canvas.dataset['point'] !== String(index)) return;
      if (cell) {
        canvas.width = width;
        canvas.height = height;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.drawImage(cell.sheet, cell.x, cell.y, width, height, 0, 0, width, height);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  #fetch(number: number): void {
    const file = this.info.files[number];
    if (file === undefined || this.#pending.has(number)) return;
    this.#pending.add(number);
    const asked = async () => {
      const response = await fetch(`data/${file}`);
      if (!response.ok) throw new Error(`data/${file}: the server answered ${response.status}.`);
      this.#sheets[number] = await createImageBitmap(await response.blob());
      this.#arrived();
    };
    asked().catch((error) => {
      // Asked for again when it is next needed, but not at once.
      console.error(error);
      setTimeout(() => this.#pending.delete(number), 5000);
    });
  }
}
