import { ArgumentError } from '@latentkit/core';
import { WholeFile } from '@latentkit/system';
import { npyHeadOf } from '../arrays/npy-head.ts';
import { ParquetVectorWriter, rowsInGroup } from './parquet-vectors.ts';
import { VectorDigest } from './vector-digest.ts';
import { vectorFormatOf } from './vector-format.ts';
import type { VectorBlock, VectorRow } from './vector-rows.ts';
import {
  removeSidecar,
  rowsOf,
  sidecarOf,
  type VectorFileInfo,
  writeSidecar,
} from './vector-sidecar.ts';
import { csvHead, csvRow, jsonRow } from './vector-text.ts';

/** Rows of the formats of lines and arrays that are written together. */
const LINES = 1024;

/** Takes the rows of a file that is being written. */
interface Writer {
  write(block: VectorBlock): Promise<void>;
  /** @param info with the digest of what was written */
  finish(info: VectorFileInfo): Promise<void>;
}

/**
 * Writes a file of vectors, in the format that its name ends in. It is there whole or not at all.
 *
 * - `.parquet`: all in one file: columns id, sha256, bytes, stamp, score (where there are such), and vector, a
 *   list of floats; the metadata `latentkit.vectors` says in which latent space they lie;
 * - `.npy`: the vectors alone, float32 [n, size]; a line of JSON a row in `….npy.rows.jsonl`, the space in
 *   `….npy.meta.json`;
 * - `.jsonl`, `.csv`: a line a row; the space in a file beside, `….meta.json`.
 *
 * @param blocks `info.count` rows in all, in blocks of any size
 * @returns the files, the one asked for first
 * @throws ArgumentError for another ending, and for text of half a character; LatentkitError `unwritable`; what `blocks` throws
 */
export async function writeVectors(
  path: string,
  info: VectorFileInfo,
  blocks: AsyncIterable<VectorBlock> | Iterable<VectorBlock>,
): Promise<string[]> {
  const format = vectorFormatOf(path);
  const paths = format === 'npy' ? [path, rowsOf(path)] : [path];
  const files: WholeFile[] = [];
  try {
    for (const one of paths) files.push(await WholeFile.create(one, { makeFolders: true }));
    const writer = WRITERS[format](files, info);
    const atATime = format === 'parquet' ? rowsInGroup(info.size) : LINES;
    const digest = new VectorDigest(info);
    for await (const block of rebatched(blocks, atATime, info.size)) {
      checkTexts(block.rows);
      digest.add(block);
      await writer.write(block);
    }
    const whole = { ...info, digest: digest.hex() };
    await writer.finish(whole);
    if (format === 'parquet') {
      await files[0]?.finish();
      return paths;
    }
    await removeSidecar(path);
    for (const file of files) await file.finish();
    await writeSidecar(path, whole);
    return [...paths, sidecarOf(path)];
  } finally {
    for (const file of files) await file.abandon();
  }
}

/** Half a character (a lone surrogate) has no UTF-8: what is written for it is another's too. */
function checkTexts(rows: readonly VectorRow[]): void {
  for (const row of rows) {
    for (const name of ['id', 'sha256', 'stamp'] as const) {
      if (/\p{Cs}/u.test(row[name])) {
        throw new ArgumentError(name, 'text of whole characters', row[name]);
      }
    }
  }
}

type Make = (files: readonly WholeFile[], info: VectorFileInfo) => Writer;

const WRITERS: Readonly<Record<ReturnType<typeof vectorFormatOf>, Make>> = {
  parquet: ([file], info) => new ParquetVectorWriter(file as WholeFile, info),
  npy: ([file, lines], { count, size }) => ({
    async write({ rows, vectors }) {
      if (file?.written === 0) await file.write(npyHeadOf('<f4', [count, size]));
      await file?.write(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
      await lines?.write(rows.map((row) => `${jsonRow(row)}\n`).join(''));
    },
    finish: async () => {
      if (file?.written === 0) await file.write(npyHeadOf('<f4', [count, size]));
    },
  }),
  jsonl: ([file], { size }) => ({
    write: async ({ rows, vectors }) =>
      file?.write(rows.map((row, i) => `${jsonRow(row, vectorOf(vectors, i, size))}\n`).join('')),
    finish: async () => {},
  }),
  csv: ([file], { size, scored }) => ({
    async write({ rows, vectors }) {
      if (file?.written === 0) await file.write(`${csvHead(size, scored).join()}\n`);
      const lines = rows.map((row, i) => csvRow(row, vectorOf(vectors, i, size), scored));
      await file?.write(`${lines.join('\n')}\n`);
    },
    finish: async () => {
      if (file?.written === 0) await file.write(`${csvHead(size, scored).join()}\n`);
    },
  }),
};

function vectorOf(vectors: Float32Array, row: number, size: number): Float32Array {
  return vectors.subarray(row * size, (row + 1) * size);
}

/** The same rows in blocks of `atATime`, the last one maybe smaller. */
async function* rebatched(
  blocks: AsyncIterable<VectorBlock> | Iterable<VectorBlock>,
  atATime: number,
  size: number,
): AsyncGenerator<VectorBlock, void, undefined> {
  let rows: VectorBlock['rows'][number][] = [];
  let vectors = new Float32Array(atATime * size);
  for await (const block of blocks) {
    for (const [i, row] of block.rows.entries()) {
      vectors.set(vectorOf(block.vectors, i, size), rows.length * size);
      rows.push(row);
      if (rows.length < atATime) continue;
      yield { rows, vectors };
      rows = [];
      vectors = new Float32Array(atATime * size);
    }
  }
  if (rows.length > 0) yield { rows, vectors: vectors.subarray(0, rows.length * size) };
}
