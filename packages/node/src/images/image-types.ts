/** An image: the path or `file:` URL of a PNG, JPEG, WebP, … file, its bytes, or a Blob of them. */
export type ImageInput = string | URL | Uint8Array | Blob;

/** What an encoder takes beside items: the bytes of a file would look like an item. */
export type Picture = Exclude<ImageInput, Uint8Array>;

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface EncodeImageOptions {
  /** `'png'` (the default of `encodeImages`, lossless), `'jpeg'` or `'webp'`. */
  readonly format?: ImageFormat | undefined;
  /** 1 to 100, for JPEG and WebP; 90 by default. */
  readonly quality?: number | undefined;
  /** Enlarges each pixel to a square of so many; 1 by default. */
  readonly scale?: number | undefined;
}
