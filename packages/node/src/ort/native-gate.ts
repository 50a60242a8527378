import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/**
 * A thread that is ended while it is inside ONNX Runtime takes the whole process down: its native code
 * comes back to an engine that answers no more, and aborts. A process that exits ends its threads
 * wherever they are. So each thread counts, in memory that it shares with the threads above it, when it
 * is inside; and before any of those exits, it closes the gate and waits until nobody is.
 *
 * Threads learn of the gates above them through the environment data that a new thread inherits:
 * also those that the user starts, if the thread that starts them has imported this package before.
 */
interface Gates {
  /** Of the threads above this one. */
  readonly above: readonly Int32Array[];
  /** Of this thread, for those below it. */
  readonly own: Int32Array;
}

/** Not 0 once the gate is closed. */
const CLOSED = 0;
/** Threads inside native code. */
const INSIDE = 1;

/** Runs are cut into pieces of milliseconds; the loading of a large model takes longer. */
const LONGEST_WAIT_MS = 5000;

const KEY = 'latentkit.native-gates';

// Several copies of this package may be in one thread.
const shared = globalThis as { [KEY]?: Gates };
shared[KEY] ??= makeGates();
/** Set up when this package is imported, for the threads that are started afterwards. */
const { above } = shared[KEY];

/** Runs native code. Once the process is about to exit it does not, and the promise never settles. */
export function inNative<T>(work: () => Promise<T>): Promise<T> {
  return above.length === 0 ? work() : counted(above, work);
}

async function counted<T>(above: readonly Int32Array[], work: () => Promise<T>): Promise<T> {
  for (const gate of above) Atomics.add(gate, INSIDE, 1);
  try {
    // Looked at after counting: whoever closes the gate first has seen the count, or is seen here.
    if (above.every((gate) => Atomics.load(gate, CLOSED) === 0)) return await work();
  } finally {
    for (const gate of above) {
      Atomics.sub(gate, INSIDE, 1);
      Atomics.notify(gate, INSIDE);
    }
  }
  return new Promise(() => {});
}

function makeGates(): Gates {
  const above = (getEnvironmentData(KEY) ?? []) as unknown as readonly Int32Array[];
  const own = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(KEY, [...above, own] as never);
  process.on('exit', () => closeGate(own));
  return { above, own };
}

function closeGate(own: Int32Array): void {
  Atomics.store(own, CLOSED, 1);
  const end = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const inside = Atomics.load(own, INSIDE);
    const left = end - Date.now();
    if (inside <= 0 || left <= 0) return;
    Atomics.wait(own, INSIDE, inside, left);
  }
}
