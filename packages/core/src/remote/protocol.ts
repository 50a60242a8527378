import type { DeviceAttempt } from '../errors/index.ts';
import type { PlainError } from '../errors/plain-error.ts';
import type { GraphBytes } from '../load/platform.ts';
import type { GraphInterface, GraphRunOptions, NamedTensors } from '../run/runner.ts';

/** One end of the way between the thread that uses a model and a worker that runs its graphs. */
export interface Port {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What is asked of a worker. */
export type Call =
  | { readonly kind: 'open'; readonly graphs: GraphBytes; readonly settings: unknown }
  | {
      readonly kind: 'run';
      readonly graph: string;
      readonly feeds: NamedTensors;
      readonly options: Pick<GraphRunOptions, 'wanted' | 'pixels'>;
    }
  | { readonly kind: 'dispose'; readonly graph: string }
  /** Frees whatever is open; then the worker ends. Calls before it are not awaited any more. */
  | { readonly kind: 'end' };

export type Request = Call & { readonly id: number };

export type Reply =
  | { readonly id: number; readonly value: Results[Call['kind']] }
  | { readonly id: number; readonly error: PlainError };

export interface Results {
  readonly open: {
    readonly graphs: Readonly<Record<string, GraphInterface>>;
    readonly attempts: readonly DeviceAttempt[];
  };
  /** `returned` is the memory of the feeds, given back for the next run. */
  readonly run: { readonly outputs: NamedTensors; readonly returned: readonly ArrayBuffer[] };
  readonly dispose: undefined;
  readonly end: undefined;
}
