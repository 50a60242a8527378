import { basename } from 'node:path';
import type { DatasetConfig } from '@latentkit/training';

/** What data are called: one's own by their file or folder. */
export function dataName({ name, dataDir = '' }: DatasetConfig): string {
  const own = basename(dataDir).replace(/[^\p{L}\p{M}\p{N}_-].*$/u, '');
  return name === 'files' ? own || 'pictures' : name;
}

/** Where a run on data goes that is not told where to. */
export function runFolder(data: DatasetConfig): string {
  return `runs/${dataName(data)}`;
}
