import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seal, unseal } from '@latentkit/system';

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
  // Shorter than it was if somebody cleared it, or pages were lost; truncating would fill it with zeros.
  let bytes = await wholeLines(file, Math.min(keepBytes, (await file.stat()).size));
  await file.truncate(bytes);
  return {
    async append(record) {
      const line = Buffer.from(`${seal(record)}\n`);
      await file.write(line, 0, line.length, bytes);
      bytes += line.length;
    },
    get bytes() {
      return bytes;
    },
    close: () => file.close(),
  };
}

/** How many of the first `bytes` bytes are whole lines: a process or a machine that died may leave half of one. */
async function wholeLines(file: FileHandle, bytes: number): Promise<number> {
  const text = Buffer.alloc(bytes);
  await file.read(text, 0, bytes, 0);
  return text.lastIndexOf('\n') + 1;
}

/** What each epoch took by the clock, in seconds, as far as the log of a run says, in lines that are whole. */
export async function epochSeconds(runDir: string): Promise<ReadonlyMap<number, number>> {
  const text = await readFile(join(runDir, LOG_FILE), 'utf8').catch(() => '');
  const seconds = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('{"type":"epoch"')) continue;
    const record = unseal(line);
    if (typeof record?.['epoch'] === 'number' && typeof record['seconds'] === 'number') {
      seconds.set(record['epoch'], record['seconds']);
    }
  }
  return seconds;
}
