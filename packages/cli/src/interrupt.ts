import type { Io } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns Ctrl-C into an AbortSignal while `work` runs: the first press asks it to stop in good order.
 * After that nobody listens any more, so that the second press ends the process at once, even amid
 * a long computation.
 *
 * @param stopping the verb's own words for what the first press does, a sentence
 */
export async function interruptible<T>(
  io: Io,
  stopping: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopListening = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (name: string) => {
    stopListening();
    controller.abort(new Error(`received ${name}`));
    io.err(`${stopping} Press Ctrl-C again to stop at once.`);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}
