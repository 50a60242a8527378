import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { temporaryFolder } from '@latentkit/system/for-tests';
import sharp from 'sharp';

/** Helpers of this package's tests. */

export { errorOf, removeTemporaryFolders, temporaryFolder } from '@latentkit/system/for-tests';

/** A PNG in one colour, told apart from others by `seed`, with a brighter corner. */
export function picture(
  seed: number,
  {
    width = 16,
    height = 16,
    channels = 3,
  }: { width?: number; height?: number; channels?: 1 | 3 | 4 } = {},
): Promise<Buffer> {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const c = i % channels;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    data[i] = c === 3 ? 255 : (seed * 53 + c * 91 + ((x * (seed + 3)) ^ (y * 7))) % 256;
  }
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

/** Writes files, by their paths within a new folder. */
export async function folderOf(
  files: Readonly<Record<string, Uint8Array | string | Promise<Uint8Array>>>,
): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contents);
  }
  return folder;
}

/** A PNG that says to be `side` × `side`, whatever it holds. */
export async function pictureThatSays(side: number): Promise<Buffer> {
  const png = await picture(1);
  png.writeUInt32BE(side, 16);
  png.writeUInt32BE(side, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

/** So many pictures, named by `name`. */
export function pictures(
  count: number,
  name: (i: number) => string,
  options?: Parameters<typeof picture>[1],
): Record<string, Promise<Buffer>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [name(i), picture(i, options)]),
  );
}

/** An .npy file of version 1.0, as NumPy writes it. */
export function npy(descr: string, dims: readonly number[], data: Uint8Array): Buffer {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const head = Buffer.alloc(10);
  head.set([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), data]);
}

/** An IDX file of bytes. */
export function idx(dims: readonly number[], data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + 4 * dims.length + data.length);
  bytes.writeUInt32BE(0x0800 | dims.length, 0);
  for (const [axis, dim] of dims.entries()) bytes.writeUInt32BE(dim, 4 + 4 * axis);
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

/** A zip archive, its files stored as they are or deflated (PKWARE APPNOTE 6.3.10, §4.3). */
export function zip(
  files: readonly (readonly [name: string, contents: Uint8Array])[],
  { deflated = false } = {},
): Buffer {
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, contents] of files) {
    const path = Buffer.from(name);
    const packed = deflated ? deflateRawSync(contents) : contents;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflated ? 8 : 0, 4);
    fields.writeUInt32LE(crc32(contents), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(contents.length, 18);
    fields.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, path, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, tail, path]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}
