/**
 * Turns of the event loop. A thread that computes in one turn for long fires no timer, hears no abort
 * and draws no frame, also where every call is awaited: promises that are fulfilled at once do not end
 * a turn.
 */

/** How long a turn may be used before it is ended, in milliseconds: a frame of a page. */
const LONGEST_TURN_MS = 16;

/** When this turn was first asked about; undefined before. */
let began: number | undefined;

/** Ends the turn if it has lasted: undefined while there is time left. */
export function breathe(): Promise<void> | undefined {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    inNextTurn(() => {
      began = undefined;
    });
    return undefined;
  }
  return now - began < LONGEST_TURN_MS ? undefined : nextTurn();
}

/** Lets the event loop do whatever waits. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn);
}

/** Node has it, pages have not. */
const { setImmediate } = globalThis as { setImmediate?: (work: () => void) => unknown };

/** Timers would do, but pages stretch them to 4 ms and more. */
const inNextTurn: (work: () => void) => void = setImmediate
  ? (work) => void setImmediate(work)
  : typeof MessageChannel === 'function'
    ? byMessages()
    : (work) => void setTimeout(work);

/** What is needed of it: type libraries differ in the rest. */
interface Channel {
  readonly port1: { onmessage: () => void };
  readonly port2: { postMessage(message: unknown): void };
}

function byMessages(): (work: () => void) => void {
  const { port1, port2 } = new MessageChannel() as unknown as Channel;
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (work) => {
    waiting.push(work);
    port2.postMessage(undefined);
  };
}
