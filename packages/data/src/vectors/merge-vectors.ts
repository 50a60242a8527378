import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkOptions, throwIfAborted } from '@latentkit/core/runtime';
import { openVectors, type VectorFile } from './read-vectors.ts';
import { VECTOR_FORMATS, vectorFormatOf } from './vector-format.ts';
import type { VectorBlock } from './vector-rows.ts';
import { writeVectors } from './write-vectors.ts';

export interface MergeOptions {
  /** Where all rows go; the format is that of its ending. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface MergeReport {
  /** The files that were written, the one asked for first. */
  readonly files: readonly string[];
  readonly rows: number;
  /** The files that were read, in the order of their rows in the output. */
  readonly parts: readonly string[];
}

/** Names that a message lists. */
const SHOWN = 10;

/**
 * Puts the parts that `embedFiles` wrote with `shard` into one file of vectors. All have to be there, each once, of one
 * latent space; no picture may be in two of them. Files that know of no shards are taken as they are. The output is
 * there whole or not at all; memory grows with the ids alone.
 *
 * @param parts files of vectors, and folders that hold them
 * @throws ArgumentError; LatentkitError `not-found`, `invalid-data` for parts that are missing, doubled, damaged or do
 *   not belong together; `unwritable`; AbortedError
 */
export async function mergeVectors(
  parts: string | readonly string[],
  options: MergeOptions,
): Promise<MergeReport> {
  checkOptions(options, "{ out: 'vectors.parquet' }");
  const { out, signal, onProgress } = options;
  vectorFormatOf(out);
  const paths = await vectorFiles(typeof parts === 'string' ? [parts] : parts, resolve(out));
  const files: VectorFile[] = [];
  for (const path of paths) files.push(await openVectors(path));
  files.sort((a, b) => (a.info.shard?.index ?? 0) - (b.info.shard?.index ?? 0));
  checkTogether(files);
  const { shard: _, ...info } = (files[0] as VectorFile).info;
  const count = files.reduce((sum, { info }) => sum + info.count, 0);
  const blocks = allBlocks(files, signal, (done) => onProgress?.(done, count));
  return {
    files: await writeVectors(resolve(out), { ...info, count }, blocks),
    rows: count,
    parts: files.map(({ path }) => path),
  };
}

async function vectorFiles(parts: readonly string[], out: string): Promise<string[]> {
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) {
    throw new ArgumentError('parts', 'paths of files of vectors, or of folders of them', parts);
  }
  const found: string[] = [];
  for (const part of parts.map((path) => resolve(path))) {
    if (!(await stat(part).catch(() => undefined))?.isDirectory()) found.push(part);
    else {
      const names = (await readdir(part)).sort();
      const isOne = (name: string) => VECTOR_FORMATS.some((known) => extname(name) === `.${known}`);
      // A line for each row of an array, beside it.
      const lines = (name: string) => name.endsWith('.npy.rows.jsonl');
      found.push(...names.filter((n) => isOne(n) && !lines(n)).map((name) => join(part, name)));
    }
  }
  const others = [...new Set(found)].filter((path) => path !== out);
  if (others.length > 0) return others;
  throw new LatentkitError(
    'not-found',
    `There are no files of vectors (${VECTOR_FORMATS.map((known) => `.${known}`).join(', ')}) in ${parts.join(', ') || 'nothing'}. Make them with 'latentkit embed'.`,
  );
}

/** Whether the files are all parts of one whole. */
function checkTogether(files: readonly VectorFile[]): void {
  const [first] = files as [VectorFile];
  for (const { path, info } of files) {
    const other = (['space', 'size', 'scored'] as const).find(
      (key) => info[key] !== first.info[key],
    );
    if (other !== undefined) {
      const what = {
        space: `its vectors lie in another latent space, that of the model '${info.model}'`,
        size: `its vectors have ${info.size} numbers instead of ${first.info.size}`,
        scored: `it has ${info.scored ? '' : 'no '}scores`,
      }[other];
      throw unlike(path, `${first.path}: ${what}`);
    }
    if (info.shard?.of !== first.info.shard?.of) {
      const shared = (of: number | undefined) => (of === undefined ? 'no shards' : `${of} shards`);
      throw unlike(
        path,
        `${first.path}: they are of ${shared(info.shard?.of)} and of ${shared(first.info.shard?.of)}`,
      );
    }
  }
  const of = first.info.shard?.of;
  if (of === undefined) return;
  const byIndex = new Map<number, string>();
  for (const { path, info } of files) {
    const index = info.shard?.index ?? 0;
    const twin = byIndex.get(index);
    if (twin !== undefined) throw unlike(path, `${twin}: both are shard ${index + 1} of ${of}`);
    byIndex.set(index, path);
  }
  const missing = Array.from({ length: of }, (_, index) => index).filter((i) => !byIndex.has(i));
  if (missing.length > 0) {
    const more = missing.length > SHOWN ? `, and ${missing.length - SHOWN} more` : '';
    const names = missing.slice(0, SHOWN).map((index) => `${index + 1}/${of}`);
    throw new LatentkitError(
      'invalid-data',
      `${missing.length} of ${of} shards are missing: ${names.join(', ')}${more}. Embed them (--shard ${names[0]}) and merge again.`,
    );
  }
}

async function* allBlocks(
  files: readonly VectorFile[],
  signal: AbortSignal | undefined,
  tell: (done: number) => void,
): AsyncGenerator<VectorBlock, void, undefined> {
  const seen = new Map<string, number>();
  for (const [i, { path, blocks }] of files.entries()) {
    for await (const block of blocks()) {
      throwIfAborted(signal, 'Merging');
      for (const { id } of block.rows) {
        const before = seen.get(id);
        if (before !== undefined) throw unlike(path, `${files[before]?.path}: both hold '${id}'`);
        seen.set(id, i);
      }
      yield block;
      tell(seen.size);
    }
  }
}

function unlike(path: string, why: string): LatentkitError {
  return new LatentkitError('invalid-data', `${path} does not go together with ${why}.`);
}
