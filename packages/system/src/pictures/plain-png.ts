import { crc32 } from 'node:zlib';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Chunks that change what is seen: a profile, a turn, colours of another kind, frames. */
const CHANGING = new Set(['iCCP', 'eXIf', 'cICP', 'acTL']);

/** Pixels up to which a picture counts as small. */
const MOST_PIXELS = 2 ** 22;

/**
 * The sides of a small PNG whose pixels are what stands in the file: 8 bits or a palette, in sRGB and upright, of one frame.
 *
 * @param bytes of any file
 * @returns undefined for every other file, damaged ones among them, as far as its chunks tell
 * @see https://www.w3.org/TR/png-3/ 5.3 (chunks), 11.2.1 (IHDR)
 */
export function plainPngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Each chunk: its length, four letters, what it says, a checksum of letters and what it says.
  for (let at = SIGNATURE.length, type = ''; type !== 'IEND'; ) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) return undefined;
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const isFirst = at === SIGNATURE.length;
    if (isFirst !== (type === 'IHDR') || CHANGING.has(type)) return undefined;
    // Decoders take those that need not be there for absent where they are damaged.
    if (type === 'tRNS' && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      return undefined;
    }
    at = end;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const isPlain = view.getUint8(24) === 8 || view.getUint8(25) === 3;
  return isPlain && width * height <= MOST_PIXELS ? { width, height } : undefined;
}
