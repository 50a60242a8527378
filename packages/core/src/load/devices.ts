import { checkChoice, checkInteger, checkList, checkMethod } from '../errors/check.ts';
import {
  type AbortSignalLike,
  ArgumentError,
  type DeviceAttempt,
  DeviceError,
  LatentkitError,
  throwIfAborted,
} from '../errors/index.ts';
import { disposeAll } from '../run/named-tensors.ts';
import type { GraphRunner } from '../run/runner.ts';
import type { GraphBytes, OpenedGraphs } from './platform.ts';

/** How to place a model: a device, an ordered list of them, or `'auto'`. */
export interface DevicePolicy<D extends string> {
  readonly device: D | 'auto' | readonly D[];
  /** Refuse to fall back: the first device of the list, or an error. */
  readonly strict: boolean;
}

/**
 * The devices of a policy, in order, each once.
 *
 * @param known the devices of the runtime
 * @throws ArgumentError for a name that is not among them, or an empty list
 */
export function checkDevices<D extends string>(
  option: D | 'auto' | readonly D[],
  known: readonly D[],
): 'auto' | readonly D[] {
  checkList('known', known);
  if (option === 'auto') return 'auto';
  const list: readonly unknown[] = Array.isArray(option) ? option : [option];
  if (list.length === 0 || !list.every((name) => known.includes(name as D))) {
    throw new ArgumentError('device', `'auto', or one or several of ${known.join(', ')}`, option);
  }
  return [...new Set(list as D[])];
}

/** Where runs happen: on the calling thread, or in workers. */
export type Execution = 'inline' | 'worker';

/** @throws ArgumentError */
export function checkExecution(execution: unknown): asserts execution is Execution {
  checkChoice('execution', execution, ['inline', 'worker']);
}

/** Checks a number of threads or workers. @throws ArgumentError */
export function checkThreads(argument: string, count: unknown): void {
  checkInteger(argument, count, 1, 256);
}

/** What opens one graph of several. */
export interface GraphOpener {
  /** Opens the graph that these bytes are. */
  open(bytes: Uint8Array): Promise<GraphRunner>;
  readonly signal: AbortSignalLike | undefined;
}

/**
 * Opens several graphs on one device, all or none.
 *
 * @throws AbortedError between two graphs; what `open` throws, after those that were open are freed
 */
export async function openAll(
  graphs: GraphBytes,
  opener: GraphOpener,
): Promise<Record<string, GraphRunner>> {
  checkMethod('opener', opener, 'open');
  const runners: Record<string, GraphRunner> = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      throwIfAborted(opener.signal, 'Loading');
      runners[name] = await opener.open(bytes);
    }
    return runners;
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
}

/** Whether an error ends the search for a device (an abort, say), and is no reason to try the next. */
export function endsSearch(error: unknown): boolean {
  return (
    LatentkitError.isInstance(error) &&
    error.code !== 'device-unavailable' &&
    error.code !== 'runtime'
  );
}

/**
 * Tries devices in order until one opens, and keeps the reason for each.
 *
 * @param candidates the devices of the policy, in order
 * @param open opens all graphs on one device, and says how; rejects if it cannot. A LatentkitError of another code
 *   than `device-unavailable` or `runtime` (an abort, say) ends the search.
 * @throws DeviceError with every attempt
 */
export async function openOnFirst<D extends string>(
  candidates: readonly D[],
  strict: boolean,
  open: (device: D) => Promise<Pick<OpenedGraphs, 'runners'> & { readonly reason: string }>,
  remedy: (device: D) => string | undefined,
): Promise<OpenedGraphs> {
  checkList('candidates', candidates);
  const attempts: DeviceAttempt[] = [];
  for (const device of strict ? candidates.slice(0, 1) : candidates) {
    try {
      const { runners, reason } = await open(device);
      attempts.push({ device, ok: true, reason });
      return { runners, attempts };
    } catch (error) {
      if (endsSearch(error)) throw error;
      attempts.push(...DeviceError.attemptsOf(device, error as Error, remedy(device)));
    }
  }
  const tried = attempts.map(({ device }) => device).join(', ');
  throw new DeviceError(
    `No device could run the model (tried ${tried}${strict ? '; strict: no fallback' : ''}).`,
    attempts,
  );
}
