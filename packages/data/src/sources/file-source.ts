import { throwIfAborted } from '@latentkit/core/runtime';
import type { Fault, PictureEntry, PictureSource } from './picture-source.ts';

export interface FileEntry extends PictureEntry {
  readonly path: string;
}

/** A source whose pictures are files of their own. */
export function fileSource(
  parts: Omit<PictureSource, 'entries' | 'open'> & { readonly entries: readonly FileEntry[] },
): PictureSource {
  const { entries } = parts;
  return {
    ...parts,
    async *open(from, signal, wanted = () => true) {
      for (let index = from; index < entries.length; index++) {
        throwIfAborted(signal, 'Reading pictures');
        if (!wanted(index)) continue;
        yield { index, input: (entries[index] as FileEntry).path };
      }
    },
  };
}

export const NO_FAULTS: readonly Fault[] = [];
