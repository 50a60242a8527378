import { checkDrawnSize } from './sheet-size.ts';

/** Where a sheet of items is drawn: RGB bytes, row by row. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface SheetOptions {
  /** [height, width, channels] of an item, with 1 or 3 channels. */
  readonly itemShape: readonly [number, number, number];
  /** The values that become the darkest and the brightest. */
  readonly range: readonly [number, number];
  readonly columns: number;
  /** Side of the square that a pixel becomes. */
  readonly scale?: number;
  /** Rows that belong together; a wider gap follows them. */
  readonly rowsTogether?: number;
}

type Rgb = readonly [number, number, number];
/** Grey items run from night to paper, on a sheet that is darker still: fit for light and dark pages. */
const SHEET: Rgb = [13, 15, 26];
const DARK: Rgb = [27, 30, 48];
const BRIGHT: Rgb = [252, 247, 235];
const GAP = 1;
const GROUP_GAP = 4;

/**
 * Lays items out in rows on one sheet.
 *
 * @param items [n × item size], row by row in item layout HWC
 * @throws LatentkitError `invalid-argument` for a sheet that is too large to draw
 */
export function drawSheet(items: Float32Array, options: SheetOptions): Raster {
  const { itemShape, columns, scale = 4, rowsTogether = 1 } = options;
  const [itemHeight, itemWidth, channels] = itemShape;
  const itemSize = itemHeight * itemWidth * channels;
  const rows = Math.ceil(items.length / itemSize / columns);
  const left = (column: number) => GAP + column * (itemWidth + GAP);
  const top = (row: number) =>
    GAP +
    row * (itemHeight + GAP) +
    (rowsTogether > 1 ? Math.floor(row / rowsTogether) * (GROUP_GAP - GAP) : 0);
  const width = left(columns) * scale;
  const height = (top(rows - 1) + itemHeight + GAP) * scale;
  checkDrawnSize({ width, height });
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = SHEET[i % 3] as number;

  const colour = colourOf(options);
  for (let n = 0; n < items.length / itemSize; n++) {
    for (let y = 0; y < itemHeight; y++) {
      for (let x = 0; x < itemWidth; x++) {
        const at = n * itemSize + (y * itemWidth + x) * channels;
        const rgb = colour(items, at);
        const px = (left(n % columns) + x) * scale;
        const py = (top(Math.floor(n / columns)) + y) * scale;
        for (let dy = 0; dy < scale; dy++) {
          for (let dx = 0; dx < scale; dx++) data.set(rgb, ((py + dy) * width + px + dx) * 3);
        }
      }
    }
  }
  return { data, width, height };
}

function colourOf({ itemShape, range: [low, high] }: SheetOptions) {
  const unit = (value: number) => Math.min(1, Math.max(0, (value - low) / (high - low)));
  const blend = (t: number): Rgb => [
    DARK[0] + t * (BRIGHT[0] - DARK[0]),
    DARK[1] + t * (BRIGHT[1] - DARK[1]),
    DARK[2] + t * (BRIGHT[2] - DARK[2]),
  ];
  return itemShape[2] === 1
    ? (items: Float32Array, at: number) => blend(unit(items[at] as number))
    : (items: Float32Array, at: number): Rgb => [
        255 * unit(items[at] as number),
        255 * unit(items[at + 1] as number),
        255 * unit(items[at + 2] as number),
      ];
}
