import type { Io } from './io.ts';

/** Keeps what a command writes. */
export function recordingIo(interactive = false): Io & { readonly said: string[] } {
  const said: string[] = [];
  const write = (text: string) => void said.push(text);
  return { said, out: write, err: write, interactive };
}
