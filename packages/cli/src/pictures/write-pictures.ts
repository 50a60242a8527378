import { join, resolve } from 'node:path';
import { type ModelCard, sizeOf, type Tensor } from '@latentkit/core';
import { writeFileWhole } from '@latentkit/system';
import { drawSheet } from '../report/sheet.ts';
import { checkDrawnSize } from '../report/sheet-size.ts';
import { interleaved } from './interleaved.ts';
import { numberedName } from './own-folder.ts';
import { pictureKindOf } from './picture-path.ts';

/** How the pictures of a verb are written; the same for all of them. */
export interface PictureOut {
  /** A folder (a PNG each), or a file: .png (all on one sheet), .webp or .gif (one after the other). */
  readonly out: string;
  /** Of a sheet; as many as make it square by default. */
  readonly columns?: number | undefined;
  /** Side of the square that a pixel becomes. */
  readonly scale?: number | undefined;
  /** Names of the files in a folder, without ending; their numbers by default. */
  readonly names?: readonly string[] | undefined;
}

/** Milliseconds a frame. */
const FRAME = 80;
/** Sheets and animations are drawn with about so many pixels a side of an item. */
const SIDE = 112;
/** What a side can be in the formats, in pixels. */
const LONGEST_SIDE = { webp: 16_383, gif: 65_535 };

/**
 * Writes items as pictures, each file whole or not at all.
 *
 * @param items [n, …item shape]
 * @returns the files
 * @throws ArgumentError for a model whose items are no pictures, or a path of another format; LatentkitError
 *   `unwritable`, `invalid-argument` for what is too large to draw
 */
export async function writePictures(
  items: Tensor<'float32'>,
  card: ModelCard,
  { out, columns, scale, names }: PictureOut,
): Promise<string[]> {
  const { encodeImages } = await import('@latentkit/node');
  const { pictureTarget } = await import('@latentkit/core');
  const kind = pictureKindOf(out);
  const path = resolve(out);
  const count = items.data.length / sizeOf(card.item.shape);
  if (kind === 'folder') {
    checkDrawnSize(enlarged(pictureTarget(card), scale ?? 1));
    const files = Array.from({ length: count }, (_, i) =>
      join(path, `${names?.[i] ?? numberedName(i)}.png`),
    );
    const pictures = await encodeImages(items, card, { scale });
    for (const [i, file] of files.entries()) {
      await writeFileWhole(file, pictures[i] as Buffer, { makeFolders: true });
    }
    return files;
  }
  const bytes =
    kind === 'png'
      ? await sheet(items, card, columns ?? Math.ceil(Math.sqrt(count)), scale)
      : await animation(items, card, kind, scale);
  await writeFileWhole(path, bytes, { makeFolders: true });
  return [path];
}

function enlarged({ width, height }: { width: number; height: number }, scale: number) {
  return { width: width * scale, height: height * scale };
}

async function sheet(
  items: Tensor<'float32'>,
  card: ModelCard,
  columns: number,
  scale: number | undefined,
): Promise<Buffer> {
  const { pictureTarget } = await import('@latentkit/core');
  const { rasterToPng } = await import('../report/png.ts');
  const { height, width, channels } = pictureTarget(card);
  const raster = drawSheet(interleaved(items.data, card), {
    itemShape: [height, width, channels],
    range: card.item.range,
    columns,
    scale: scale ?? Math.max(1, Math.round(SIDE / 2 / width)),
  });
  return rasterToPng(raster);
}

async function animation(
  items: Tensor<'float32'>,
  card: ModelCard,
  format: 'webp' | 'gif',
  scale: number | undefined,
): Promise<Buffer> {
  const { encodeImages } = await import('@latentkit/node');
  const { pictureTarget } = await import('@latentkit/core');
  const { default: sharp } = await import('sharp');
  const target = pictureTarget(card);
  const side = scale ?? Math.max(1, Math.round(SIDE / target.width));
  const count = items.data.length / sizeOf(card.item.shape);
  const longestSide = LONGEST_SIDE[format];
  checkDrawnSize({ ...enlarged(target, side), frames: count, longestSide });
  const frames = await encodeImages(items, card, { scale: side });
  const joined = sharp(frames, { join: { animated: true } });
  const options = { loop: 0, delay: frames.map(() => FRAME) };
  return (
    format === 'gif' ? joined.gif(options) : joined.webp({ ...options, lossless: true })
  ).toBuffer();
}
