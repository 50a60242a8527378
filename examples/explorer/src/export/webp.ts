/**
 * Puts pictures of one size behind one another as an animated WebP that begins again when it ends (WebP Container
 * Specification; RFC 9649, §2).
 *
 * @param pictures the bytes of one WebP file each, with or without loss
 * @param delay of each, in ms
 * @throws Error for bytes that are no WebP file, or not all of one
 */
export function animatedWebp(
  pictures: readonly Uint8Array[],
  {
    width,
    height,
    delay,
  }: {
    readonly width: number;
    readonly height: number;
    readonly delay: number;
  },
): Uint8Array<ArrayBuffer> {
  const frames = pictures.map((picture) => {
    const chunks = chunksOf(picture);
    const image = chunks.filter(({ name }) => IMAGE.has(name));
    if (!image.some(({ name }) => name !== 'ALPH')) throw new Error('A frame holds no picture.');
    const alpha = chunks.some(({ name, data }) => hasAlpha(name, data));
    return {
      alpha,
      bytes: chunk('ANMF', frameHead(width, height, delay), ...image.map(rechunked)),
    };
  });
  const canvas = new Uint8Array(10);
  canvas[0] = ANIMATED | (frames.some(({ alpha }) => alpha) ? ALPHA : 0);
  put(canvas, 4, 3, width - 1);
  put(canvas, 7, 3, height - 1);
  // Transparent paper, and no end of rounds.
  const animation = new Uint8Array(6);
  return chunk(
    'RIFF',
    ascii('WEBP'),
    chunk('VP8X', canvas),
    chunk('ANIM', animation),
    ...frames.map(({ bytes }) => bytes),
  );
}

/** Flags of `VP8X`. */
const ANIMATED = 0x02;
const ALPHA = 0x10;
/** Chunks that a frame is made of; what else is in a file, as a profile, is of the whole. */
const IMAGE: ReadonlySet<string> = new Set(['ALPH', 'VP8 ', 'VP8L']);
/** Of a frame: it replaces what was there, and is not blended with it. */
const NO_BLENDING = 0x02;

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
}

function chunksOf(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const nameAt = (at: number) => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 20 || nameAt(0) !== 'RIFF' || nameAt(8) !== 'WEBP') {
    throw new Error('A frame is no WebP file.');
  }
  const chunks: Chunk[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > file.length) throw new Error('A frame ends within its picture.');
    chunks.push({ name: nameAt(at), data: file.subarray(at + 8, at + 8 + size) });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

/** Whether a chunk says that there is transparency: `VP8L` by a bit behind both of its sizes. */
function hasAlpha(name: string, data: Uint8Array): boolean {
  return name === 'ALPH' || (name === 'VP8L' && ((data[4] ?? 0) & 0x10) !== 0);
}

function frameHead(width: number, height: number, delay: number): Uint8Array {
  const head = new Uint8Array(16);
  put(head, 6, 3, width - 1);
  put(head, 9, 3, height - 1);
  put(head, 12, 3, Math.round(delay));
  head[15] = NO_BLENDING;
  return head;
}

const rechunked = ({ name, data }: Chunk) => chunk(name, data);

/** A chunk: its name, the length of what is in it, and that, filled up to an even length. */
function chunk(name: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const out = new Uint8Array(8 + size + (size % 2));
  out.set(ascii(name));
  put(out, 4, 4, size);
  let at = 8;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A number in so many bytes, the lowest first. */
function put(to: Uint8Array, at: number, bytes: number, value: number): void {
  for (let i = 0; i < bytes; i++) to[at + i] = Math.floor(value / 256 ** i) % 256;
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
