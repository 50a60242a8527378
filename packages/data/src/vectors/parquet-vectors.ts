import { LatentkitError } from '@latentkit/core';
import type { WholeFile } from '@latentkit/system';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type RowGroup,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { blockOf } from './parquet-block.ts';
import { COMPRESSORS, checkCodecs } from './parquet-codecs.ts';
import { checkColumns, readGroup } from './parquet-columns.ts';
import type { VectorBlock } from './vector-rows.ts';
import { parseInfo, type VectorFileInfo, writeInfo } from './vector-sidecar.ts';

/** The key of the metadata under which a file says what its vectors are. */
const KEY = 'latentkit.vectors';

/** What a Parquet file begins with, and ends with. */
const MARK = 'PAR1';

/**
 * Numbers in a row group: the library makes a group in one go, which takes 40 ms for so many. The event
 * loop waits no longer than that.
 */
const GROUP_NUMBERS = 2 ** 16;

/** Rows that are written together. */
export function rowsInGroup(size: number): number {
  return Math.max(16, Math.floor(GROUP_NUMBERS / size));
}

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
const list = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;

/** Writes vectors as Parquet: a row a vector, its numbers a list of floats. */
export class ParquetVectorWriter {
  readonly #scored: boolean;
  readonly #bytes = new ByteWriter();
  readonly #file: WholeFile;
  readonly #writer: ParquetWriter;
  readonly #size: number;
  /** What the file says of itself, which is known when all is written. */
  readonly #said = { key: KEY, value: '' };

  constructor(file: WholeFile, info: VectorFileInfo) {
    this.#file = file;
    this.#size = info.size;
    this.#scored = info.scored;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      statistics: false,
      codec: 'UNCOMPRESSED',
      createdBy: 'latentkit',
      kvMetadata: [this.#said],
      schema: [
        { name: 'root', num_children: info.scored ? 6 : 5 },
        { name: 'id', ...text },
        { name: 'sha256', ...text },
        { name: 'bytes', type: 'INT64', repetition_type: 'REQUIRED' },
        { name: 'stamp', ...text },
        ...(info.scored
          ? ([{ name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' }] as const)
          : []),
        { name: 'vector', ...list, repetition_type: 'REQUIRED', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ],
    });
  }

  /** Adds a row group of at most {@link rowsInGroup} rows. */
  async write({ rows, vectors }: VectorBlock): Promise<void> {
    const size = this.#size;
    const plain = { encoding: 'PLAIN', offsetIndex: false } as const;
    this.#writer.write({
      rowGroupSize: rows.length,
      columnData: [
        { name: 'id', data: rows.map(({ id }) => id), ...plain },
        { name: 'sha256', data: rows.map(({ sha256 }) => sha256), ...plain },
        { name: 'bytes', data: rows.map(({ bytes }) => BigInt(bytes)), ...plain },
        { name: 'stamp', data: rows.map(({ stamp }) => stamp), ...plain },
        ...(this.#scored
          ? [{ name: 'score', data: rows.map(({ score }) => score ?? Number.NaN), ...plain }]
          : []),
        {
          name: 'vector',
          data: rows.map((_, i) => Array.from(vectors.subarray(i * size, (i + 1) * size))),
          ...plain,
        },
      ],
    });
    await this.#flush();
  }

  /** @param info with the digest of what was written */
  async finish(info: VectorFileInfo): Promise<void> {
    this.#said.value = writeInfo(info);
    this.#writer.finish();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#bytes.buffer, 0, this.#bytes.index).slice();
    // Its offset goes on from there, as positions in the file do.
    this.#bytes.index = 0;
    await this.#file.write(bytes);
  }
}

/** A Parquet file of vectors that is opened for reading. */
export interface ParquetVectors {
  readonly info: VectorFileInfo;
  blocks(): AsyncGenerator<VectorBlock, void, undefined>;
}

/** @throws LatentkitError `not-found`, `invalid-data` */
export async function openParquetVectors(path: string): Promise<ParquetVectors> {
  const { file, metadata } = await openParquet(path);
  const pairs = metadata.key_value_metadata ?? [];
  const said = pairs.find(({ key }) => key === KEY)?.value;
  if (said === undefined) {
    throw new LatentkitError(
      'invalid-data',
      `${path} is Parquet, but no file of vectors of latentkit: its metadata lacks '${KEY}'. Make one with 'latentkit embed'.`,
    );
  }
  const info = parseInfo(said, path);
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  if (groups.reduce((sum, rows) => sum + rows, 0) !== info.count) {
    throw damaged(path, `it has another number of rows than ${info.count}`);
  }
  try {
    for (const [i, group] of metadata.row_groups.entries()) {
      const rows = groups[i] as number;
      checkColumns(file, group, (name) => (name === 'vector' ? rows * info.size : rows));
    }
  } catch (cause) {
    throw damaged(path, faultOf(cause), cause);
  }
  return {
    info,
    async *blocks() {
      checkCodecs(metadata.row_groups, path);
      let from = 0;
      for (const [i, rows] of groups.entries()) {
        // Of no rows there is nothing to read.
        if (rows === 0) continue;
        const group = metadata.row_groups[i] as RowGroup;
        const columns = new Map<string, unknown[]>();
        let block: VectorBlock;
        try {
          await parquetRead({
            file: await readGroup(file, group),
            metadata,
            rowStart: from,
            rowEnd: from + rows,
            compressors: COMPRESSORS,
            parsers: { stringFromBytes },
            // A column may come in several pages.
            onChunk: ({ columnName, columnData }) => {
              const values = columns.get(columnName) ?? [];
              columns.set(columnName, values);
              for (const value of columnData) values.push(value);
            },
          });
          block = blockOf(columns, rows, info, path, from);
        } catch (cause) {
          throw LatentkitError.isInstance(cause) ? cause : damaged(path, faultOf(cause), cause);
        }
        yield block;
        from += rows;
      }
    },
  };
}

async function openParquet(path: string) {
  try {
    const file = await asyncBufferFromFile(path);
    if (Buffer.from(await file.slice(0, MARK.length)).toString('latin1') !== MARK) {
      throw new Error(`it does not begin with ${MARK}`);
    }
    return { file, metadata: (await parquetMetadataAsync(file)) as FileMetaData };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new LatentkitError('not-found', `There is no ${path}.`, { cause });
    }
    throw damaged(path, faultOf(cause), cause);
  }
}

/** Errors of the engine, over a number that is none of a position or a length. */
const STUMBLED = ['RangeError', 'TypeError'];

/** The words of the library; or ours, where it stumbled over the damage or knows no name for what it found. */
function faultOf(cause: unknown): string {
  const { name, message } = cause as Error;
  const saysNothing = STUMBLED.includes(name) || message.endsWith('undefined');
  return saysNothing ? 'a length, a position or a kind in it is damaged' : message;
}

/** Names that differ in a letter must not become one. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringFromBytes(bytes: Uint8Array | null): string | null {
  try {
    return bytes && UTF8.decode(bytes);
  } catch (cause) {
    throw new Error('it holds text that is no UTF-8', { cause });
  }
}

function damaged(path: string, fault: string, cause?: unknown): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${path} is no whole Parquet file of vectors: ${fault}. Embed the files again.`,
    cause === undefined ? {} : { cause },
  );
}
