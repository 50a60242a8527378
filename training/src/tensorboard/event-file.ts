import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEvent, encodeEvent, FILE_VERSION, type Scalars } from './event.ts';
import { decodeRecords, encodeRecord } from './records.ts';

/** TensorBoard looks for `tfevents` in a name. One file, whose end is cut off when a run goes on from before it. */
export const EVENT_FILE = 'events.out.tfevents.0.latentkit';

/** A file of events that grows. */
export interface EventFile {
  add(step: number, scalars: Scalars): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the event file of a folder, which is made where it is not there.
 *
 * @param fromStep keeps what was written up to this step, and cuts off what is after it; nothing is kept at 0
 */
export async function openEventFile(folder: string, fromStep: number): Promise<EventFile> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, EVENT_FILE);
  let end =
    fromStep > 0 ? lengthUpTo(await readFile(path).catch(() => Buffer.alloc(0)), fromStep) : 0;
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
  await file.truncate(end);
  const append = async (data: Uint8Array) => {
    const record = encodeRecord(data);
    await file.write(record, 0, record.length, end);
    end += record.length;
  };
  const wallTime = () => Date.now() / 1000;
  if (end === 0) {
    await append(
      encodeEvent({ wallTime: wallTime(), step: 0, fileVersion: FILE_VERSION, scalars: {} }),
    );
  }
  return {
    add: (step, scalars) => append(encodeEvent({ wallTime: wallTime(), step, scalars })),
    close: () => file.close(),
  };
}

function lengthUpTo(bytes: Uint8Array, step: number): number {
  let length = 0;
  for (const { data, end } of decodeRecords(bytes)) {
    if (decodeEvent(data).step > step) break;
    length = end;
  }
  return length;
}
