import type { Io } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Why work is to stop. */
class Received extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`received ${signal}`);
    this.name = 'Received';
    this.signal = signal;
  }
}

/** Whether work is to stop since the process was told to end (SIGTERM), as services are, and not interrupted. */
export function isToldToEnd({ reason }: AbortSignal): boolean {
  return reason instanceof Received && reason.signal === 'SIGTERM';
}

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
    controller.abort(new Received(name));
    io.err(`${stopping} Press Ctrl-C again to stop at once.`);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}
