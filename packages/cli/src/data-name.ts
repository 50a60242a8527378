import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatasetConfig } from '@latentkit/training';

const ENDINGS = /(\.(tar|tgz|gz|zip|npy|npz|csv|jsonl|txt))+$/i;

/** What data are called: one's own by their file or folder, as a word that no shell has to have quoted. */
export function dataName({ name, dataDir = '' }: DatasetConfig): string {
  const last = basename(dataDir);
  // A pattern names what it finds, not where.
  const own = /[*?]/.test(last) ? '' : last.replace(ENDINGS, '');
  const word = own.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-').replace(/^-+|-+$/g, '');
  return name === 'files' ? word || 'pictures' : name;
}

/** Where a run on data goes that is not told where to. */
export function runFolder(data: DatasetConfig): string {
  return `runs/${dataName(data)}`;
}

/** The file here that a data set of this name would come from: an archive, a list, or arrays. */
export function fileOfName(dataset: string): string | undefined {
  const [file, ...others] = readdirSync('.').filter(
    (name) => ENDINGS.test(name) && name.replace(ENDINGS, '') === dataset,
  );
  // Of several none is meant more than the others.
  return others.length === 0 ? file : undefined;
}
