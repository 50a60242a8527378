import { printableLines } from '@latentkit/system';

/** Where a command writes: results to `out`, everything about how it goes to `err`. */
export interface Io {
  /** Writes a line (or lines) of the result. */
  out(text: string): void;
  /** Writes a line (or lines) about progress or failure. */
  err(text: string): void;
  /** Whether `err` is a terminal, on which a line may be drawn over. */
  readonly interactive: boolean;
}

/** The same without control characters, which names of files may hold. */
export function printableIo(io: Io): Io {
  return {
    out: (text) => io.out(printableLines(text)),
    err: (text) => io.err(printableLines(text)),
    interactive: io.interactive,
  };
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  interactive: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
};
