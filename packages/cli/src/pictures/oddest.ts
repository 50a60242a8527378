import { type Autoencoder, type Condition, sizeOf } from '@latentkit/core';
import { drawSheet } from '../report/sheet.ts';
import { interleaved } from './interleaved.ts';

/** The items that score lowest of those that went by, and no more of them than are asked for. */
export class Oddest {
  readonly #count: number;
  #kept: {
    readonly score: number;
    readonly item: Uint8Array | Float32Array;
    readonly label: string | undefined;
  }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /**
   * @param items one after the other, as many as there are scores
   * @param labels of the items, where they have some
   */
  add(
    scores: Float64Array,
    items: Uint8Array | Float32Array,
    labels?: readonly string[] | undefined,
  ): void {
    const size = items.length / scores.length;
    for (const [i, score] of scores.entries()) {
      const last = this.#kept.at(-1);
      if (this.#kept.length === this.#count && last && score >= last.score) continue;
      const item = items.slice(i * size, (i + 1) * size);
      const at = this.#kept.findIndex((other) => other.score > score);
      this.#kept.splice(at < 0 ? this.#kept.length : at, 0, { score, item, label: labels?.[i] });
      this.#kept.length = Math.min(this.#kept.length, this.#count);
    }
  }

  /** Those of the items, in their order; undefined where they have none. */
  get labels(): string[] | undefined {
    const labels = this.#kept.flatMap(({ label }) => label ?? []);
    return labels.length > 0 ? labels : undefined;
  }

  /** The lowest first, one after the other. */
  get items(): Uint8Array | Float32Array {
    const [first] = this.#kept;
    const size = first?.item.length ?? 0;
    const Values = first?.item instanceof Float32Array ? Float32Array : Uint8Array;
    const all = new Values(size * this.#kept.length);
    for (const [i, { item }] of this.#kept.entries()) all.set(item, i * size);
    return all;
  }
}

const COLUMNS = 10;
/** Sheets are drawn with about so many pixels a side of an item. */
const SIDE = 84;

/**
 * Draws items, what the model makes of them, and where they are odd: minus ln p of each pixel, from dark where it is
 * least in all of them to bright where it is most.
 *
 * @returns a PNG of three rows for each ten items, and the ends of the scale, in nats a pixel
 */
export async function drawOddest(
  model: Autoencoder,
  items: Uint8Array | Float32Array,
  options: {
    readonly seed: number;
    readonly condition?: Condition | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly png: Buffer; readonly scale: readonly [number, number] }> {
  const { pictureTarget } = await import('@latentkit/core');
  const { itemValues } = await import('@latentkit/core/runtime');
  const { rasterToPng } = await import('../report/png.ts');
  const { card } = model;
  const { height, width, channels } = pictureTarget(card);
  const area = height * width;
  const { maps } = await model.score(items, { ...options, oneDraw: true, maps: true });
  const { signal, condition } = options;
  const { mean } = await model.reconstruct(items, { signal, condition });
  const values = itemValues(items, card);
  const [low, high] = card.item.range;
  const inColour = (row: Float32Array) =>
    Float32Array.from({ length: 3 * (row.length / channels) }, (_, i) => {
      const pixel = Math.floor(i / 3) * channels;
      return ((row[pixel + (channels === 1 ? 0 : i % 3)] as number) - low) / (high - low);
    });
  const odd = heat(interleaved(maps?.data ?? new Float32Array(), card), channels);
  const rows = [
    inColour(interleaved(values, card)),
    inColour(interleaved(mean.data, card)),
    odd.colours,
  ];
  const count = values.length / sizeOf(card.item.shape);
  const size = 3 * area;
  const columns = Math.min(count, COLUMNS);
  const sheet: Float32Array[] = [];
  for (let from = 0; from < count; from += columns) {
    for (const row of rows) {
      // The last of them is filled up, so that what belongs together stays in its column.
      const part = new Float32Array(columns * size);
      part.set(row.subarray(from * size, (from + columns) * size));
      sheet.push(part);
    }
  }
  const all = new Float32Array(sheet.length * columns * size);
  for (const [i, part] of sheet.entries()) all.set(part, i * columns * size);
  const png = await rasterToPng(
    drawSheet(all, {
      itemShape: [height, width, 3],
      range: [0, 1],
      columns,
      rowsTogether: rows.length,
      scale: Math.max(1, Math.round(SIDE / width)),
    }),
  );
  return { png, scale: odd.scale };
}

/** From least to most: night, violet, red, amber, paper. */
const RAMP = [
  [0.02, 0.02, 0.07],
  [0.29, 0.07, 0.42],
  [0.71, 0.17, 0.31],
  [0.96, 0.5, 0.16],
  [0.99, 0.97, 0.84],
] as const;

/**
 * Terms of the channels of a pixel together, all items on one scale: what is the same everywhere in one is so drawn, and
 * not its rounding.
 */
export function heat(
  terms: Float32Array,
  channels: number,
): { readonly colours: Float32Array; readonly scale: readonly [number, number] } {
  const pixels = Float32Array.from({ length: terms.length / channels }, (_, pixel) =>
    terms.subarray(pixel * channels, (pixel + 1) * channels).reduce((sum, term) => sum + term, 0),
  );
  const least = pixels.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = pixels.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const colours = new Float32Array(3 * pixels.length);
  for (const [pixel, value] of pixels.entries()) {
    const place = ((value - least) / (most - least || 1)) * (RAMP.length - 1);
    const stop = Math.min(RAMP.length - 2, Math.floor(place));
    for (let c = 0; c < 3; c++) {
      const [from, to] = [RAMP[stop]?.[c] as number, RAMP[stop + 1]?.[c] as number];
      colours[pixel * 3 + c] = from + (place - stop) * (to - from);
    }
  }
  return { colours, scale: [least, most] };
}
