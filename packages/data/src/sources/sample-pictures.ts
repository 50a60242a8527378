import type { ReducedPixels } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { decodePicture, loadSharp } from '@latentkit/system';
import type { PictureSource } from './picture-source.ts';

const SAMPLES = 64;
const PREVIEW = { width: 32, height: 32, channels: 3, fit: 'contain' } as const;

/** Pictures from all over a source, decoded; bad ones are passed over. */
export async function samplePictures(
  source: PictureSource,
  signal?: AbortSignal,
  count = SAMPLES,
): Promise<ReducedPixels[]> {
  const sharp = await loadSharp();
  const samples: ReducedPixels[] = [];
  const total = source.entries.length;
  const step = source.sequential ? 1 : Math.max(1, total / count);
  const take = async (input: string | Uint8Array) => {
    const picture = await decodePicture(sharp, input, { reduceFor: PREVIEW }).catch(
      () => undefined,
    );
    if (picture) samples.push(picture);
  };
  if (source.sequential) {
    let seen = 0;
    for await (const opened of source.open(0, signal)) {
      if ('input' in opened) await take(opened.input);
      if (++seen >= count) break;
    }
    return samples;
  }
  for (let i = 0; i < Math.min(count, total); i++) {
    throwIfAborted(signal, 'Looking at the pictures');
    for await (const opened of source.open(Math.floor(i * step), signal)) {
      if ('input' in opened) await take(opened.input);
      break;
    }
  }
  return samples;
}
