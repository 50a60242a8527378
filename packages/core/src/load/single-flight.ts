import { AbortedError, type AbortSignalLike, throwIfAborted } from '../errors/index.ts';
import { onAbort } from '../run/abort.ts';

export interface Passenger<P> {
  /** For the message of an abort: `Fetching a.onnx`. */
  readonly what: string;
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((progress: P) => void) | undefined;
}

interface Flight<T, P> {
  readonly landing: Promise<T>;
  readonly controller: AbortController;
  readonly listeners: Set<(progress: P) => void>;
  passengers: number;
}

/**
 * One piece of work for all that ask for the same at the same time. It is aborted when the last of them
 * has left; one that leaves earlier leaves the others alone.
 */
export class SingleFlight<T, P> {
  readonly #flights = new Map<string, Flight<T, P>>();

  async join(
    key: string,
    { what, signal, onProgress }: Passenger<P>,
    work: (signal: AbortSignal, onProgress: (progress: P) => void) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal, what);
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.passengers += 1;
    let leave: (reason: unknown) => void = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = reject;
    });
    const listener = (progress: P) => {
      try {
        onProgress?.(progress);
      } catch (error) {
        leave(error);
      }
    };
    flight.listeners.add(listener);
    const forget = signal && onAbort(signal, () => leave(new AbortedError(what, signal)));
    try {
      return await Promise.race([flight.landing, left]);
    } finally {
      forget?.();
      flight.listeners.delete(listener);
      flight.passengers -= 1;
      if (flight.passengers === 0) {
        // Nobody shall join what is being given up.
        this.#flights.delete(key);
        flight.controller.abort();
        await flight.landing.catch(() => {});
      }
    }
  }

  #start(
    key: string,
    work: (signal: AbortSignal, onProgress: (progress: P) => void) => Promise<T>,
  ): Flight<T, P> {
    const controller = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const landing = work(controller.signal, (progress) => {
      for (const listener of [...listeners]) listener(progress);
    });
    const flight = { landing, controller, listeners, passengers: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}
