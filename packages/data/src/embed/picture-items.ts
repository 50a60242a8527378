import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { LatentkitError, pictureTarget } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import {
  decodePicture,
  fitPicture,
  loadSharp,
  pictureFault,
  readWholeFile,
} from '@latentkit/system';
import { inOrder } from '../sources/in-order.ts';
import type { OpenedPicture, PictureSource } from '../sources/picture-source.ts';
import type { BadItem, ItemSource, ReadItem } from './item-source.ts';
import { inLayout } from './layout.ts';

/** Pictures being read and decoded at a time: enough that no core waits for the one that is next in order. */
const AHEAD = 8 + 4 * availableParallelism();

/** The items that pictures become, as the card of the model says (docs/pictures.md). */
export function pictureItems(source: PictureSource): ItemSource {
  const { location, entries, faults } = source;
  return {
    location,
    entries,
    faults,
    async *read(card, { wanted, knownSha256, signal }) {
      const target = pictureTarget(card);
      const sharp = await loadSharp();
      const decode = async (opened: OpenedPicture | BadItem): Promise<ReadItem | BadItem> => {
        if ('reason' in opened) return opened;
        const { index, input } = opened;
        const bad = (reason: string) => ({ index, id: entries[index]?.id ?? '', reason });
        let bytes: Uint8Array;
        try {
          bytes =
            typeof input === 'string' ? await readWholeFile(input, entries[index]?.bytes) : input;
        } catch (cause) {
          return bad(`it cannot be read (${(cause as NodeJS.ErrnoException).code})`);
        }
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        if (sha256 === knownSha256(index)) return { index, sha256, values: undefined };
        try {
          const picture = await decodePicture(sharp, bytes);
          return { index, sha256, values: inLayout(fitPicture(picture, target), card) };
        } catch (cause) {
          // A fault of this machine is none of the picture's.
          if (LatentkitError.isInstance(cause)) throw cause;
          return bad(pictureFault(cause));
        }
      };
      // Each picture on a thread of its own: many small ones gain nothing from several threads each.
      const threads = sharp.concurrency();
      sharp.concurrency(1);
      try {
        for await (const item of inOrder(wantedOf(source, wanted, signal), AHEAD, decode)) {
          throwIfAborted(signal, 'Embedding');
          yield item;
        }
      } finally {
        sharp.concurrency(threads);
      }
    },
  };
}

async function* wantedOf(
  source: PictureSource,
  wanted: (index: number) => boolean,
  signal: AbortSignal | undefined,
) {
  const first = source.entries.findIndex((_, index) => wanted(index));
  if (first < 0) return;
  const last = source.entries.findLastIndex((_, index) => wanted(index));
  for await (const opened of source.open(first, signal, wanted)) {
    if (wanted(opened.index)) yield opened;
    // What follows would be read for nothing.
    if (opened.index === last) return;
  }
}
