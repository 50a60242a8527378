import { LatentkitError } from '@latentkit/core';

/**
 * The text of a file, without the mark of its encoding.
 *
 * @throws LatentkitError `invalid-data` for another encoding: names that differ in letters would become the same
 */
export function utf8Text(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8(source, cause);
  }
}

/**
 * The lines of a file that is read piece by piece.
 *
 * @throws LatentkitError as {@link utf8Text}; whatever reading it throws
 */
export async function* utf8Lines(
  pieces: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (piece?: Uint8Array) => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw notUtf8(source, cause);
    }
  };
  let rest = '';
  for await (const piece of pieces) {
    const lines = `${rest}${decoded(piece)}`.split(/\r?\n/);
    rest = lines.pop() as string;
    yield* lines;
  }
  rest += decoded();
  if (rest !== '') yield rest;
}

function notUtf8(source: string, cause: unknown): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${source} is no text in UTF-8, so that its names cannot be told apart. Save it in UTF-8 (spreadsheets call it 'CSV UTF-8').`,
    { cause },
  );
}
