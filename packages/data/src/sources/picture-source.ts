import { posix } from 'node:path';

/** The parts of a data set. */
export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

/** One picture of a source: what is known of it before it is decoded. */
export interface PictureEntry {
  /** Its path within the source, with `/`; different for each. */
  readonly id: string;
  /** Length of the file, and what changes with its contents (time of change, checksum). */
  readonly bytes: number;
  readonly stamp: string;
  /** Where the source says so, by the name of a folder or a column. */
  readonly part?: Part | undefined;
  readonly label?: string | undefined;
  /** One number for each of the source's `factorNames`. */
  readonly factors?: readonly number[] | undefined;
}

/** A picture that can be decoded: the path of its file, or its bytes. */
export interface OpenedPicture {
  /** Position in `entries`. */
  readonly index: number;
  readonly input: string | Uint8Array;
}

/** Something of a source that was passed over, and why. */
export interface Fault {
  readonly id: string;
  readonly reason: string;
}

/** Pictures of a folder, list or archive: listed at once, opened one after the other. */
export interface PictureSource {
  /** The last part of the location: a name for people. */
  readonly name: string;
  /** The absolute path. */
  readonly location: string;
  readonly entries: readonly PictureEntry[];
  readonly factorNames: readonly string[];
  /** Files of other kinds that stand between the pictures. */
  readonly others: number;
  /** True where opening a later picture means reading all before it. */
  readonly sequential?: boolean | undefined;
  /** What could not be listed: folders that cannot be read, links that lead nowhere. */
  readonly faults: readonly Fault[];
  /**
   * Opens the pictures from one position on, in the order of `entries`; what fails on its own is given
   * as a fault.
   *
   * @param wanted says which of them: the others are passed over unread, where the source allows it
   */
  open(
    from: number,
    signal?: AbortSignal,
    wanted?: (index: number) => boolean,
  ): AsyncIterable<OpenedPicture | (Fault & { readonly index: number })>;
}

const PICTURE = /\.(png|apng|jpe?g|jfif|webp|avif|tiff?|gif)$/i;

/** The path of a picture as a table or an archive has it, in the one form that ids have: with `/`, and no `.` between them. */
export function idOf(path: string): string {
  const parts = path.replaceAll('\\', '/');
  return parts === '' ? '' : posix.normalize(parts);
}

/** Whether a file's name is that of a picture. */
export function isPicture(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  // The files that macOS lays beside others on foreign disks.
  return PICTURE.test(name) && !name.startsWith('._');
}
