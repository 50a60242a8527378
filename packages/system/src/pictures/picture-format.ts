import { open } from 'node:fs/promises';

/** How many bytes {@link hasKnownFormat} looks at. */
const START = 12;

const bytesOf = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
type Signature = readonly [at: number, bytes: readonly number[]];

/** Their bytes in either order; 43 for those of more than 4 GiB. */
const TIFFS: readonly Signature[] = [42, 43].flatMap((version): Signature[] => [
  [0, [...bytesOf('II'), version, 0]],
  [0, [...bytesOf('MM'), 0, version]],
]);
/** What files of the formats that are read begin with: the place, and the bytes there. */
const SIGNATURES: readonly Signature[] = [
  [0, [0x89, ...bytesOf('PNG\r\n\x1a\n')]],
  [0, [0xff, 0xd8, 0xff]],
  [8, bytesOf('WEBP')],
  [0, bytesOf('GIF8')],
  // AVIF, and what else is kept in that container.
  [4, bytesOf('ftyp')],
  ...TIFFS,
];

/**
 * Whether a file is of a format that is read: PNG, JPEG, WebP, GIF, AVIF, TIFF. Decoders know more, SVG and libvips' own
 * among them, which pages do not read, and which are no food for pictures of strangers: they are programs more than pixels.
 */
export function hasKnownFormat(start: Uint8Array): boolean {
  return hasOneOf(SIGNATURES, start);
}

/** Whether a file is a TIFF, by its first bytes. */
export function isTiff(start: Uint8Array): boolean {
  return hasOneOf(TIFFS, start);
}

function hasOneOf(signatures: readonly Signature[], start: Uint8Array): boolean {
  return signatures.some(([at, bytes]) => bytes.every((byte, i) => start[at + i] === byte));
}

/** The first bytes of a file; undefined where they cannot be read, which its decoder says better. */
export async function startOf(file: string): Promise<Uint8Array | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const start = new Uint8Array(START);
    const { bytesRead } = await handle.read(start, 0, START, 0);
    return start.subarray(0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
