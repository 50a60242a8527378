import { maskedCrc32c } from './crc32c.ts';

/** The length of a record and its CRC; the CRC of the data. */
const HEADER = 12;
const FOOTER = 4;

/**
 * A record of TensorFlow (tensorflow/core/lib/io/record_writer.h): the length of the data in 64 bits, its masked
 * CRC-32C, the data, and theirs; little-endian.
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(HEADER + data.length + FOOTER);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, HEADER);
  record.writeUInt32LE(maskedCrc32c(data), HEADER + data.length);
  return record;
}

/** The whole records that bytes begin with; what comes after the first that is not whole is left out. */
export function* decodeRecords(
  bytes: Uint8Array,
): Generator<{ readonly data: Uint8Array; readonly end: number }> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at + HEADER + FOOTER <= all.length) {
    const length = Number(all.readBigUInt64LE(at));
    const end = at + HEADER + length + FOOTER;
    if (all.readUInt32LE(at + 8) !== maskedCrc32c(all.subarray(at, at + 8))) return;
    if (end > all.length) return;
    const data = all.subarray(at + HEADER, end - FOOTER);
    if (all.readUInt32LE(end - FOOTER) !== maskedCrc32c(data)) return;
    yield { data, end };
    at = end;
  }
}
