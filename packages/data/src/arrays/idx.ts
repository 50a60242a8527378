import { gunzipSync } from 'node:zlib';
import { LatentkitError, sizeOf } from '@latentkit/core';

/** An array of unsigned bytes from an IDX file, the format of MNIST and its relatives. */
export interface IdxArray {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** Far above any such data set; a compressed file that claims more is not one. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped: two zero bytes, a type byte, the number of
 * dimensions, each size as a big-endian uint32, the data.
 *
 * @param source where the bytes came from, for messages
 * @throws LatentkitError `invalid-data` for anything that is not exactly such a file
 */
export function parseIdx(bytes: Uint8Array, source: string): IdxArray {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(bytes, source) : bytes;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  if (plain.length < 4) throw invalid(source, `it holds ${plain.length} bytes, less than a header`);
  const magic = view.getUint32(0);
  const rank = magic & 0xff;
  if (magic >>> 8 !== UNSIGNED_BYTE || rank < 1 || rank > 4) {
    throw invalid(
      source,
      `it starts with 0x${magic.toString(16).padStart(8, '0')}; an IDX file of bytes starts with 0x000008 and the number of dimensions`,
    );
  }
  const header = 4 + 4 * rank;
  if (plain.length < header) throw invalid(source, 'its header is cut short');
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(dims);
  if (plain.length !== header + size) {
    const fault = plain.length < header + size ? 'is cut short' : 'has bytes left over';
    throw invalid(
      source,
      `it ${fault}: ${dims.join(' × ')} values need ${header + size} bytes, it holds ${plain.length}`,
    );
  }
  return { dims, data: plain.subarray(header) };
}

function gunzip(bytes: Uint8Array, source: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw invalid(
      source,
      `its gzip stream is damaged or cut short (${(cause as Error).message})`,
      cause,
    );
  }
}

function invalid(source: string, fault: string, cause?: unknown): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${source} is not a usable IDX file: ${fault}. Fetch the file again.`,
    cause === undefined ? {} : { cause },
  );
}
