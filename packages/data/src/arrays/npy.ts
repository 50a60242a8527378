import { LatentkitError, sizeOf } from '@latentkit/core';

/** The head of an .npy file: what its values are, and where they begin. */
export interface NpyHead {
  readonly dtype: NpyType;
  readonly dims: readonly number[];
  readonly byteOffset: number;
}

/** The types of values that are read, by NumPy's names; little-endian. */
const TYPES = {
  '|u1': { bytes: 1, name: 'uint8' },
  '|b1': { bytes: 1, name: 'bool' },
  '|i1': { bytes: 1, name: 'int8' },
  '<f4': { bytes: 4, name: 'float32' },
  '<f8': { bytes: 8, name: 'float64' },
  '<i4': { bytes: 4, name: 'int32' },
  '<u4': { bytes: 4, name: 'uint32' },
  '<u2': { bytes: 2, name: 'uint16' },
  '<i2': { bytes: 2, name: 'int16' },
  '<i8': { bytes: 8, name: 'int64' },
  '<u8': { bytes: 8, name: 'uint64' },
} as const;
export type NpyType = (typeof TYPES)[keyof typeof TYPES];

/**
 * Reads the head of an .npy file (NumPy Enhancement Proposal 1): a magic string, a version, and a
 * Python dictionary that says type, order and shape.
 *
 * @param bytes the beginning of the file, 64 KiB of it if it has as many
 * @throws LatentkitError `invalid-data` for other files, and for types and orders that are not read
 */
export function parseNpyHead(bytes: Uint8Array, source: string): NpyHead {
  const { descr, dims, byteOffset } = readHeader(bytes, source);
  if (!Object.hasOwn(TYPES, descr)) {
    throw unusable(
      source,
      `its values are of type '${descr}'; bool, integers, float32 and float64, little-endian, are read (array.astype(...))`,
    );
  }
  return { dtype: TYPES[descr as keyof typeof TYPES], dims, byteOffset };
}

function unusable(source: string, fault: string): LatentkitError {
  return new LatentkitError('invalid-data', `${source} is not a usable .npy file: ${fault}.`);
}

/** What the head says, whatever the type. */
function readHeader(
  bytes: Uint8Array,
  source: string,
): Pick<NpyHead, 'dims' | 'byteOffset'> & { readonly descr: string } {
  const invalid = (fault: string) => unusable(source, fault);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 12 && String.fromCharCode(...bytes.subarray(1, 6)) === 'NUMPY';
  if (!magic || bytes[0] !== 0x93) throw invalid('it does not begin with \\x93NUMPY');
  const start = (bytes[6] as number) === 1 ? 10 : 12;
  const length = start === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw invalid('its header is cut short');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw invalid(`its header says ${header.trim()}`);
  if (/'fortran_order':\s*True/.test(header)) {
    throw invalid('it is in Fortran order; save np.ascontiguousarray(array)');
  }
  const dims = shape.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  return { descr, dims, byteOffset: start + length };
}

/** NumPy's types of text: UTF-32 of so many code points, or so many bytes, filled up with zeros. */
const TEXT = /^(?:<(U)|\|(S))(\d+)$/;

/**
 * All values of an .npy file of texts.
 *
 * @returns undefined for values of other types
 * @throws LatentkitError `invalid-data` for other files, texts that are none, and a file that was cut short
 */
export function parseNpyTexts(
  bytes: Uint8Array,
  source: string,
): { readonly dims: readonly number[]; readonly values: readonly string[] } | undefined {
  const { descr, dims, byteOffset } = readHeader(bytes, source);
  const [, wide, , length] = TEXT.exec(descr) ?? [];
  if (length === undefined) return undefined;
  const width = Number(length) * (wide ? 4 : 1);
  const data = bytes.subarray(byteOffset);
  if (data.length !== sizeOf(dims) * width) {
    throw unusable(
      source,
      `${dims.join(' × ')} texts of ${width} bytes need ${sizeOf(dims) * width}, it holds ${data.length}`,
    );
  }
  const read = wide ? utf32 : utf8;
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => {
    const text = read(data.subarray(i * width, (i + 1) * width));
    if (text === undefined) throw unusable(source, `its value ${i} is no text`);
    return text;
  });
  return { dims, values };
}

function utf32(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  const isText = points.every((point) => point <= 0x10ffff);
  return isText ? String.fromCodePoint(...points).replace(/\0+$/, '') : undefined;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\0+$/, '');
  } catch {
    return undefined;
  }
}

/**
 * All values of an .npy file as numbers; those of type bool are 0 and 1.
 *
 * @throws LatentkitError `invalid-data`; see {@link parseNpyHead}
 */
export function parseNpy(
  bytes: Uint8Array,
  source: string,
): { readonly head: NpyHead; readonly values: Uint8Array | Float32Array | Float64Array } {
  const head = parseNpyHead(bytes, source);
  const { dtype, dims, byteOffset } = head;
  const count = sizeOf(dims);
  const data = bytes.subarray(byteOffset);
  if (data.length !== count * dtype.bytes) {
    throw new LatentkitError(
      'invalid-data',
      `${source} is not a usable .npy file: ${dims.join(' × ')} values of ${dtype.name} need ${count * dtype.bytes} bytes, it holds ${data.length}.`,
    );
  }
  if (dtype.name === 'uint8') return { head, values: data };
  if (dtype.name === 'bool') return { head, values: data.map((value) => (value === 0 ? 0 : 1)) };
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = readers[dtype.name];
  const values = dtype.name === 'float32' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * dtype.bytes);
  return { head, values };
}

const readers: Readonly<
  Record<Exclude<NpyType['name'], 'uint8' | 'bool'>, (view: DataView, at: number) => number>
> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
};
