import { LatentkitError, sizeOf } from '@latentkit/core';
import type { PlainTensor } from '../../engines/engine.ts';

/**
 * The safetensors format, for float32: the length of a JSON header as a little-endian uint64, the
 * header (name → dtype, shape, byte offsets; `__metadata__` → strings), the numbers. Python's
 * `safetensors` reads these files, so that weights can be looked at outside of this project.
 */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, PlainTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_HEADER = 100_000_000;
const ALIGNMENT = 8;

export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(8 + padded + offset, ' ');
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, 8);
  let at = 8 + padded;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * @param source where the bytes came from, for messages
 * @throws LatentkitError `invalid-data` for anything but a complete float32 safetensors file
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): TensorFile {
  const fail = (fault: string, cause?: unknown): never => {
    throw new LatentkitError(
      'invalid-data',
      `${source} is not a usable checkpoint: ${fault}.`,
      cause === undefined ? {} : { cause },
    );
  };
  if (bytes.length < 8) fail('it is shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > MAX_HEADER || 8 + headerLength > bytes.length) fail('its header is cut short');
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + headerLength)).toString('utf8'));
  } catch (cause) {
    fail('its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null) fail('its header is not a JSON object');
  const body = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, PlainTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      if (typeof entry !== 'object' || entry === null) fail('its metadata are not a JSON object');
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (dtype !== 'F32' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
      return fail(`its entry for ${name} is not a float32 tensor`);
    }
    const [start, end] = offsets as [number, number];
    const size = sizeOf(shape);
    if (end - start !== 4 * size) fail(`the offsets of ${name} do not match its shape`);
    if (end > body.length) fail(`it is cut short: ${name} ends at ${end} of ${body.length} bytes`);
    // Copied, since the numbers may begin at any byte (and a Buffer's slice is no copy).
    const copy = new Uint8Array(body.subarray(start, end));
    tensors.set(name, { shape, data: new Float32Array(copy.buffer) });
  }
  return { tensors, metadata };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
