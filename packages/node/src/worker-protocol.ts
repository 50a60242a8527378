import type { ErrorCode, NamedTensors, TensorInfo } from '@latentkit/core';
import type { RunnerOptions } from './ort-runner.ts';

/** What the pool asks of a worker thread. */
export type WorkerRequest =
  | {
      readonly kind: 'open';
      readonly graphs: Readonly<Record<string, Uint8Array>>;
      readonly options: RunnerOptions;
    }
  | {
      readonly kind: 'run';
      readonly graph: string;
      readonly feeds: NamedTensors;
      /** Names of the outputs that are wanted; all by default. */
      readonly wanted: readonly string[] | undefined;
    }
  /** Frees the sessions; the thread ends by itself then. */
  | { readonly kind: 'close' };

/** The inputs and outputs of an opened graph. */
export interface GraphInterface {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export interface RunReply {
  readonly outputs: NamedTensors;
  /** The memory of the feeds, given back for the next run. */
  readonly returned: readonly ArrayBuffer[];
}

export interface WorkerResults {
  readonly open: Readonly<Record<string, GraphInterface>>;
  readonly run: RunReply;
  readonly close: undefined;
}

export type WorkerReply =
  | { readonly id: number; readonly value: WorkerResults[WorkerRequest['kind']] }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } };
