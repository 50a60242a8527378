// ignoreBOM: a leading U+FEFF is part of the text, not a mark to swallow.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text, or undefined where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeUtf8(text: string): Uint8Array {
  // The copy gives a buffer of exactly the text's size, of the caller's realm.
  return new Uint8Array(encoder.encode(text));
}
