import protobuf from 'protobufjs/minimal.js';

/** Numbers of a step by their names, as TensorBoard shows them. */
export type Scalars = Readonly<Record<string, number>>;

/** What of TensorFlow's `Event` is written here (tensorflow/core/util/event.proto, summary.proto). */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Of the first event of a file: what follows. */
  readonly fileVersion?: string | undefined;
  readonly scalars: Scalars;
}

/** What the first event of a file says. */
export const FILE_VERSION = 'brain.Event:2';

/** Fields of the messages, with their wire types: 1 is 64 bits, 0 a varint, 2 a length and bytes, 5 is 32 bits. */
const tag = (field: number, wireType: 0 | 1 | 2 | 5) => (field << 3) | wireType;
const WALL_TIME = tag(1, 1);
const STEP = tag(2, 0);
const VERSION = tag(3, 2);
const SUMMARY = tag(5, 2);
const VALUE = tag(1, 2);
const NAME = tag(1, 2);
const SIMPLE_VALUE = tag(2, 5);

export function encodeEvent({ wallTime, step, fileVersion, scalars }: ScalarEvent): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(WALL_TIME).double(wallTime);
  writer.uint32(STEP).int64(step);
  if (fileVersion !== undefined) return writer.uint32(VERSION).string(fileVersion).finish();
  writer.uint32(SUMMARY).fork();
  for (const [name, value] of Object.entries(scalars)) {
    writer.uint32(VALUE).fork();
    writer.uint32(NAME).string(name).uint32(SIMPLE_VALUE).float(value).ldelim();
  }
  return writer.ldelim().finish();
}

/** @throws Error for what is no message */
export function decodeEvent(bytes: Uint8Array): ScalarEvent {
  const reader = protobuf.Reader.create(bytes);
  const scalars: Record<string, number> = {};
  let [wallTime, step] = [0, 0];
  let fileVersion: string | undefined;
  while (reader.pos < reader.len) {
    const field = reader.uint32();
    if (field === WALL_TIME) wallTime = reader.double();
    else if (field === STEP) step = Number(reader.int64());
    else if (field === VERSION) fileVersion = reader.string();
    else if (field === SUMMARY) readSummary(reader, reader.uint32() + reader.pos, scalars);
    else reader.skipType(field & 7);
  }
  return { wallTime, step, fileVersion, scalars };
}

function readSummary(reader: protobuf.Reader, end: number, scalars: Record<string, number>): void {
  while (reader.pos < end) {
    const field = reader.uint32();
    if (field !== VALUE) {
      reader.skipType(field & 7);
      continue;
    }
    const valueEnd = reader.uint32() + reader.pos;
    let name = '';
    while (reader.pos < valueEnd) {
      const part = reader.uint32();
      if (part === NAME) name = reader.string();
      else if (part === SIMPLE_VALUE) scalars[name] = reader.float();
      else reader.skipType(part & 7);
    }
  }
}
