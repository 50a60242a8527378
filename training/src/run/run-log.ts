import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export const LOG_FILE = 'log.jsonl';

/** The log of a run: one JSON object a line, in the order of what happened. */
export interface RunLog {
  append(record: Readonly<Record<string, unknown>>): Promise<void>;
  /** Bytes so far, on disk. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** Opens the log; `keepBytes` cuts off what a killed process wrote after its last checkpoint. */
export async function openRunLog(runDir: string, keepBytes: number): Promise<RunLog> {
  // Not opened for appending: on Linux that would write to the end, whatever position is asked for.
  const file = await open(join(runDir, LOG_FILE), constants.O_RDWR | constants.O_CREAT, 0o666);
  // Shorter than it was if somebody cleared it; truncating would then fill it with zeros.
  let bytes = Math.min(keepBytes, (await file.stat()).size);
  await file.truncate(bytes);
  return {
    async append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      await file.write(line, 0, line.length, bytes);
      bytes += line.length;
    },
    get bytes() {
      return bytes;
    },
    close: () => file.close(),
  };
}
