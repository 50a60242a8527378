import * as zlib from 'node:zlib';
import { LatentkitError } from '@latentkit/core';
import type { Compressors, RowGroup } from 'hyparquet';

type Decompress = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Node has it from 22.15 on, and its types from then on too. */
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: Decompress };

/** What a page says to hold is all that it may become. */
const within = (decompress: Decompress) => (input: Uint8Array, length: number) =>
  decompress(input, { maxOutputLength: Math.max(1, length) });

/** What the Parquet library does not decompress itself. */
export const COMPRESSORS: Compressors = {
  GZIP: within(zlib.gunzipSync),
  BROTLI: within(zlib.brotliDecompressSync),
  ...(zstdDecompressSync ? { ZSTD: within(zstdDecompressSync) } : {}),
};

const KNOWN = ['UNCOMPRESSED', 'SNAPPY', ...Object.keys(COMPRESSORS)];

/** @throws LatentkitError `invalid-data` for a file that is compressed in a way that is not read here */
export function checkCodecs(groups: readonly RowGroup[], path: string): void {
  const columns = groups.flatMap(({ columns }) => columns);
  const codec = columns
    .map(({ meta_data: column }) => column?.codec)
    .find((each) => each && !KNOWN.includes(each));
  if (!codec) return;
  throw new LatentkitError(
    'invalid-data',
    `${path} is compressed by ${codec}, which ${codec === 'ZSTD' ? 'Node reads from 22.15 on' : 'is not read here'}; ${KNOWN.join(', ')} are. Save it again, in Python: pyarrow.parquet.write_table(pyarrow.parquet.read_table('old.parquet'), 'new.parquet', compression='snappy').`,
  );
}
