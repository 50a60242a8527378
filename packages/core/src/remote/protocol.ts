import type { DeviceAttempt } from '../errors/index.ts';
import type { PlainError } from '../errors/plain-error.ts';
import type { GraphBytes } from '../load/platform.ts';
import type { GraphInterface, GraphRunOptions, NamedTensors } from '../run/runner.ts';

/** What a worker is asked for, and what it answers. */
export interface Calls {
  open(call: { readonly graphs: GraphBytes; readonly settings: unknown }): {
    readonly graphs: Readonly<Record<string, GraphInterface>>;
    readonly attempts: readonly DeviceAttempt[];
  };
  /** `returned` is the memory of the feeds, given back for the next run. */
  run(call: {
    readonly graph: string;
    readonly feeds: NamedTensors;
    readonly options: Pick<GraphRunOptions, 'wanted' | 'pixels'>;
  }): { readonly outputs: NamedTensors; readonly returned: readonly ArrayBuffer[] };
  dispose(call: { readonly graph: string }): void;
  /** Frees whatever is open; then the worker ends. Calls before it are not awaited any more. */
  end(call: object): void;
}

export type Kind = keyof Calls;
export type Call<K extends Kind> = Parameters<Calls[K]>[0];
export type Answer<K extends Kind> = ReturnType<Calls[K]>;

export type Request = { readonly id: number; readonly kind: Kind };
export type Reply = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: PlainError }
);
