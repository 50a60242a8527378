import { open } from 'node:fs/promises';

/** How many bytes {@link hasKnownFormat} looks at. */
const START = 12;

const bytesOf = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
/** What files of the formats that are read begin with: the place, and the bytes there. */
const SIGNATURES: readonly (readonly [at: number, bytes: readonly number[]])[] = [
  [0, [0x89, ...bytesOf('PNG\r\n\x1a\n')]],
  [0, [0xff, 0xd8, 0xff]],
  [8, bytesOf('WEBP')],
  [0, bytesOf('GIF8')],
  // AVIF, and what else is kept in that container.
  [4, bytesOf('ftyp')],
  // TIFF, its bytes in either order; 43 for those of more than 4 GiB.
  ...[42, 43].flatMap((version) => [
    [0, [...bytesOf('II'), version, 0]] as const,
    [0, [...bytesOf('MM'), 0, version]] as const,
  ]),
];

/**
 * Whether a file is of a format that is read: PNG, JPEG, WebP, GIF, AVIF, TIFF. Decoders know more, SVG and libvips' own
 * among them, which pages do not read, and which are no food for pictures of strangers: they are programs more than pixels.
 */
export function hasKnownFormat(start: Uint8Array): boolean {
  return SIGNATURES.some(([at, bytes]) => bytes.every((byte, i) => start[at + i] === byte));
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
