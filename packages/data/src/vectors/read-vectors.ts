import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { LatentkitError } from '@latentkit/core';
import { parse } from 'csv-parse';
import * as v from 'valibot';
import { parseNpyHead } from '../arrays/npy.ts';
import { openParquetVectors } from './parquet-vectors.ts';
import { VectorDigest } from './vector-digest.ts';
import { vectorFormatOf } from './vector-format.ts';
import type { VectorBlock, VectorRow } from './vector-rows.ts';
import { readSidecar, rowsOf, type VectorFileInfo } from './vector-sidecar.ts';

/** A file of vectors: what they are, and its rows, which are read when they are asked for. */
export interface VectorFile {
  readonly path: string;
  readonly info: VectorFileInfo;
  /**
   * The rows in order, a block at a time.
   *
   * @throws LatentkitError `invalid-data` for a file that is damaged or cut short
   */
  blocks(): AsyncGenerator<VectorBlock, void, undefined>;
}

/** All of a file of vectors in memory. */
export interface LoadedVectors {
  readonly info: VectorFileInfo;
  readonly rows: readonly VectorRow[];
  /** [count × size] */
  readonly vectors: Float32Array;
}

/** Rows that are read together. */
const LINES = 1024;

/**
 * Opens a file that {@link writeVectors} wrote, in the format that its name ends in.
 *
 * @throws ArgumentError for another ending; LatentkitError `not-found` (also for a folder, and for a file beside it that is
 *   missing), `invalid-data`
 */
export async function openVectors(path: string): Promise<VectorFile> {
  const found = typeof path === 'string' ? await stat(path).catch(() => undefined) : undefined;
  if (found?.isDirectory()) throw await ofFolder(path);
  // Without an ending it may have been meant for a folder of them.
  if (!found && typeof path === 'string' && path !== '' && extname(path) === '') {
    throw absent('file or folder', path);
  }
  const format = vectorFormatOf(path);
  if (!found?.isFile()) throw absent('file', path);
  if (format === 'parquet') {
    const { info, blocks } = await openParquetVectors(path);
    return { path, info, blocks: () => counted(blocks(), info, path) };
  }
  const info = await readSidecar(path);
  const read = { npy: npyBlocks, jsonl: jsonBlocks, csv: csvBlocks }[format];
  return { path, info, blocks: () => counted(read(path, info), info, path) };
}

function absent(what: string, path: string): LatentkitError {
  return new LatentkitError(
    'not-found',
    `There is no ${what} ${path}. Vectors are made by 'latentkit embed MODEL PICTURES --out vectors.parquet'.`,
  );
}

/** For a folder where a file of vectors was expected: of a model, or of what vectors are made of. */
async function ofFolder(path: string): Promise<LatentkitError> {
  const isModel = (await stat(join(path, 'model.json')).catch(() => undefined)) !== undefined;
  const [what, from] = isModel
    ? ['the folder of a model', `${path} PICTURES`]
    : ['a folder', `MODEL ${path}`];
  return new LatentkitError(
    'not-found',
    `${path} is ${what}; a file of vectors was expected. 'latentkit embed ${from} --out vectors.parquet' makes one.`,
  );
}

/** Reads a file of vectors whole; see {@link openVectors}. */
export async function loadVectors(path: string): Promise<LoadedVectors> {
  const { info, blocks } = await openVectors(path);
  const vectors = new Float32Array(info.count * info.size);
  const rows: VectorRow[] = [];
  for await (const block of blocks()) {
    vectors.set(block.vectors, rows.length * info.size);
    for (const row of block.rows) rows.push(row);
  }
  return { info, rows, vectors };
}

async function* counted(
  blocks: AsyncGenerator<VectorBlock, void, undefined>,
  info: VectorFileInfo,
  path: string,
): AsyncGenerator<VectorBlock, void, undefined> {
  const { count } = info;
  const digest = new VectorDigest(info);
  let seen = 0;
  for await (const block of blocks) {
    seen += block.rows.length;
    if (seen > count) break;
    digest.add(block);
    yield block;
  }
  if (seen !== count) throw damaged(path, `it has another number of rows than ${count}`);
  if (info.digest !== undefined && digest.hex() !== info.digest) {
    throw damaged(path, 'what it holds is not what was written (another SHA-256)');
  }
}

async function* npyBlocks(path: string, { count, size, scored }: VectorFileInfo) {
  const file = await open(path);
  try {
    const start = Buffer.alloc(4096);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    const { dtype, dims, byteOffset } = parseNpyHead(start.subarray(0, bytesRead), path);
    if (dtype.name !== 'float32' || dims.join() !== `${count},${size}`) {
      throw damaged(
        path,
        `it holds ${dtype.name} [${dims.join(', ')}], not float32 [${count}, ${size}]`,
      );
    }
    const lines = createInterface({ input: createReadStream(rowsOf(path)) });
    let at = 0;
    for await (const rows of inBlocks(parsedRows(lines, rowsOf(path), scored))) {
      const vectors = new Float32Array(rows.length * size);
      const bytes = new Uint8Array(vectors.buffer);
      const read = await file.read(bytes, 0, bytes.length, byteOffset + 4 * size * at);
      if (read.bytesRead !== bytes.length) throw damaged(path, 'it is cut short');
      yield { rows, vectors };
      at += rows.length;
    }
  } finally {
    await file.close();
  }
}

const RowSchema = v.object({
  id: v.string(),
  sha256: v.string(),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  stamp: v.string(),
  score: v.optional(v.number()),
});
const VectorSchema = v.array(v.number());

/** What a line of JSON says of a row; undefined for a line that is none. */
function parseRow(line: string): (VectorRow & { readonly vector?: unknown }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return rowOf(value);
}

/** A row that was read; undefined where it is none. */
export function rowOf(value: unknown): (VectorRow & { readonly vector?: unknown }) | undefined {
  const row = v.safeParse(RowSchema, value);
  return row.success ? { ...(value as object), ...row.output } : undefined;
}

async function* parsedRows(lines: AsyncIterable<string>, source: string, scored: boolean) {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const row = parseRow(line);
    if (!row) throw damaged(source, `line ${number} is no row`);
    if (scored && row.score === undefined) throw damaged(source, `line ${number} lacks its score`);
    yield row;
  }
}

async function* jsonBlocks(path: string, { size, scored }: VectorFileInfo) {
  const lines = createInterface({ input: createReadStream(path) });
  for await (const parsed of inBlocks(parsedRows(lines, path, scored))) {
    const vectors = new Float32Array(parsed.length * size);
    const rows = parsed.map(({ vector, ...row }, i) => {
      const { success, output } = v.safeParse(VectorSchema, vector);
      if (!success || output.length !== size) throw damaged(path, `'${row.id}' lacks its vector`);
      vectors.set(output, i * size);
      return row;
    });
    yield { rows, vectors };
  }
}

async function* csvBlocks(path: string, { size, scored }: VectorFileInfo) {
  const head = scored ? 5 : 4;
  for await (const fields of inBlocks(csvLines(path))) {
    const vectors = new Float32Array(fields.length * size);
    const rows = fields.map((line, i): VectorRow => {
      const numbers = line.slice(head).map(numberOf);
      const [id = '', sha256 = '', length, stamp = '', given] = line;
      const vector = numbers.filter((value) => value !== undefined && Number.isFinite(value));
      if (vector.length !== size || numbers.length !== size) {
        throw damaged(path, `'${id}' lacks its vector`);
      }
      vectors.set(vector as number[], i * size);
      const [bytes, score] = [numberOf(length), numberOf(given)];
      if (!(Number.isSafeInteger(bytes) && (bytes as number) >= 0)) {
        throw damaged(path, `'${id}' lacks its number of bytes`);
      }
      if (scored && score === undefined) throw damaged(path, `'${id}' lacks its score`);
      return { id, sha256, bytes: bytes as number, stamp, ...(scored ? { score } : {}) };
    });
    yield { rows, vectors };
  }
}

/** Undefined for an empty field, which is no 0, and for what is no number; scores may be NaN. */
function numberOf(field: string | undefined): number | undefined {
  if (field === undefined || field.trim() === '') return undefined;
  const value = Number(field);
  return Number.isNaN(value) && field !== 'NaN' ? undefined : value;
}

async function* csvLines(path: string): AsyncGenerator<string[], void, undefined> {
  try {
    yield* createReadStream(path).pipe(parse({ from_line: 2 })) as AsyncIterable<string[]>;
  } catch (cause) {
    throw damaged(path, (cause as Error).message);
  }
}

async function* inBlocks<T>(items: AsyncIterable<T>): AsyncGenerator<T[], void, undefined> {
  let block: T[] = [];
  for await (const item of items) {
    block.push(item);
    if (block.length < LINES) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

function damaged(path: string, fault: string): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${path} is no whole file of vectors: ${fault}. Embed the files again.`,
  );
}
