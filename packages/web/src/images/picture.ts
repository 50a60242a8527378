import { ArgumentError } from '@latentkit/core';
import { isAddress, kindOf } from '../kind-of.ts';
import { addressOfPage } from '../sources/page-address.ts';

/** The type of an element by its name; that of nothing for programs of workers, whose types declare no elements. */
export type PageElement<Name extends string> = typeof globalThis extends {
  readonly [N in Name]: { readonly prototype: infer E };
}
  ? E
  : never;

/** A picture whose pixels are there: what a canvas, a video, a frame shows at the moment of the call. */
export type LivePicture =
  | ImageData
  | ImageBitmap
  | PageElement<'HTMLCanvasElement'>
  | OffscreenCanvas
  | PageElement<'HTMLVideoElement'>
  | VideoFrame;

/**
 * What a page, or a worker, has of a picture: its URL, a Blob or File, an `<img>`, ImageData, an ImageBitmap, a
 * canvas of either kind, a video or a frame of one.
 */
export type Picture = LivePicture | string | URL | Blob | PageElement<'HTMLImageElement'>;

/** The same, and the bytes of a file. */
export type PictureInput = Picture | Uint8Array | ArrayBuffer;

/** A picture that stays as it is, and is decoded. */
export type StillPicture = Exclude<PictureInput, LivePicture>;

const LIVE: readonly string[] = [
  'ImageData',
  'ImageBitmap',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'HTMLVideoElement',
  'VideoFrame',
];

export function isLive(picture: PictureInput): picture is LivePicture {
  return LIVE.includes(kindOf(picture));
}

/**
 * The file of a picture, where it has one: `undefined` for an element.
 *
 * @throws ArgumentError for what is no picture
 */
export function fileOf(picture: StillPicture): Blob | URL | undefined {
  const kind = kindOf(picture);
  if (kind === 'HTMLImageElement') return undefined;
  if (kind === 'Blob' || kind === 'File') return picture as Blob;
  if (kind === 'ArrayBuffer' || ArrayBuffer.isView(picture)) {
    // Memory that threads share, as WebAssembly's is, makes no Blob: a copy does.
    const { buffer = picture, byteOffset, byteLength } = picture as Uint8Array;
    return new Blob([new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice()]);
  }
  if (isAddress(picture)) {
    try {
      return new URL(picture, addressOfPage());
    } catch (cause) {
      throw new ArgumentError('image', 'the URL of a picture', String(picture), { cause });
    }
  }
  throw new ArgumentError(
    'image',
    'a URL, a Blob or File, an <img>, ImageData, an ImageBitmap, a canvas, a video, a VideoFrame, or the bytes of a file',
    picture,
  );
}
