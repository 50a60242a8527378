import { setTimeout as sleep } from 'node:timers/promises';
import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';

/** Milliseconds before each further try of a connection that broke. */
const PAUSES = [250, 1000];

/**
 * Tries something again, a few times, while it fails by the network.
 *
 * @param work is told whether this try is the last
 * @param what is done, for the message of an abort: `Fetching a.onnx`
 */
export async function patiently<T>(
  work: (last: boolean) => Promise<T>,
  what: string,
  signal: AbortSignalLike | undefined,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const pause = PAUSES[attempt];
    try {
      return await work(pause === undefined);
    } catch (error) {
      const again = LatentkitError.isInstance(error) && error.code === 'network';
      if (!again || pause === undefined) throw error;
      await pauseFor(pause, what, signal);
    }
  }
}

async function pauseFor(
  milliseconds: number,
  what: string,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal: signal as AbortSignal } : {});
  } catch {
    throw new AbortedError(what, signal ?? {});
  }
}
