/** Milliseconds of a clock that only goes forward. */
export type Clock = () => number;

/** Seconds that a run has taken so far, over all processes that it went on in. */
export function stopwatch(clock: Clock, before = 0): () => number {
  const began = clock();
  return () => before + (clock() - began) / 1000;
}
