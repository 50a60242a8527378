import {
  type DeviceAttempt,
  DeviceError,
  type ErrorCode,
  type GraphBytes,
  LatentkitError,
  type NamedTensors,
  type TensorInfo,
} from '@latentkit/core';
import type { Placement } from '../ort/placement.ts';

/** What a page asks of a model's worker. */
export type WorkerCall =
  | { readonly kind: 'open'; readonly graphs: GraphBytes; readonly placement: Placement }
  | {
      readonly kind: 'run';
      readonly graph: string;
      readonly feeds: NamedTensors;
      /** The outputs that are wanted; all of them by default. */
      readonly outputs: readonly string[] | undefined;
    }
  | { readonly kind: 'dispose'; readonly graph: string };

export interface RemoteGraph {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export interface Opened {
  readonly graphs: Readonly<Record<string, RemoteGraph>>;
  readonly attempts: readonly DeviceAttempt[];
}

export type WorkerRequest = WorkerCall & { readonly id: number };

export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PlainError };

/** An error as plain data: structured clones keep neither class nor fields. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
  readonly attempts?: readonly DeviceAttempt[];
}

export function toPlainError(error: unknown): PlainError {
  const { message, stack } = error as Error;
  const code = LatentkitError.isInstance(error) ? error.code : 'runtime';
  const attempts = (error as Partial<DeviceError>).attempts;
  // A DeviceError composes its message from the attempts: the first line is what it was given.
  return attempts
    ? { code, message: message.split('\n', 1)[0] as string, stack, attempts }
    : { code, message, stack };
}

export function fromPlainError({ code, message, stack, attempts }: PlainError): LatentkitError {
  const cause = { where: 'in the worker', stack };
  return attempts
    ? new DeviceError(message, attempts, { cause })
    : new LatentkitError(code, message, { cause });
}
