import { describeValue, LatentkitError } from '../errors/index.ts';
import { isAccelerator } from '../golden/tolerance.ts';

/** What a device that did not open a graph comes to: an accelerator lacks something, a processor none should. */
export function notOpened(device: string, cause: unknown): LatentkitError {
  const message = messageOf(cause).trim();
  return isAccelerator(device)
    ? new LatentkitError('device-unavailable', `${device} cannot run the graph: ${message}`, {
        cause,
      })
    : new LatentkitError('runtime', `ONNX Runtime cannot open the graph: ${message}`, { cause });
}

/** What ONNX Runtime says of bytes that are none of a model. */
const NO_MODEL = /protobuf parsing failed|No graph was found|data pointer is null/;

/** Why bytes that no card vouches for were not opened: they may be no model at all. */
export function orNoModel(bytes: Uint8Array, cause: unknown): unknown {
  // Of no bytes, as of memory that was handed over, the message is of any kind.
  if (bytes?.length !== 0 && !NO_MODEL.test(messageOf(cause))) return cause;
  return new LatentkitError(
    'invalid-data',
    `${describeValue(bytes)} is no ONNX model, or not all of one. Give the bytes of an .onnx file.`,
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return String((cause as Partial<Error> | undefined)?.message);
}
