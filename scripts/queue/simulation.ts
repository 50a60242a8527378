/** What a queue of shards is, for a simulation: seconds throughout. */
export interface SimulatedQueue {
  readonly shards: number;
  readonly workers: number;
  /** How long one shard takes; drawn for each try. */
  readonly service: (dice: () => number) => number;
  /** From one shard's end to the next one's start, at one worker. */
  readonly between: number;
  /** How often a worker dies, a second of work; its shard is taken over after `lock`. */
  readonly deaths: number;
  readonly lock: number;
  /** Until a worker that died is replaced. */
  readonly replaced: number;
}

export interface SimulatedRun {
  /** Until the last shard is done. */
  readonly makespan: number;
  readonly died: number;
  /** The share of the workers' time in which they worked on what counted. */
  readonly busy: number;
}

/** A discrete simulation: the next event is always that of the worker that is free first. */
export function simulate(queue: SimulatedQueue, dice: () => number): SimulatedRun {
  const { shards, workers, service, between, deaths, lock, replaced } = queue;
  const free = Array.from({ length: workers }, () => 0);
  /** When a shard may be taken, the first last. */
  const waiting = Array.from({ length: shards }, () => 0);
  let [makespan, died, worked] = [0, 0, 0];
  while (waiting.length > 0) {
    const worker = free.indexOf(Math.min(...free));
    const ready = waiting.pop() as number;
    const start = Math.max(free[worker] as number, ready) + between;
    const takes = service(dice);
    const dies = deaths > 0 ? -Math.log(1 - dice()) / deaths : Number.POSITIVE_INFINITY;
    if (dies < takes) {
      died += 1;
      free[worker] = start + dies + replaced;
      waiting.push(start + dies + lock);
      // Those that may be taken sooner come first.
      waiting.sort((a, b) => b - a);
      continue;
    }
    free[worker] = start + takes;
    worked += takes;
    makespan = Math.max(makespan, start + takes);
  }
  return { makespan, died, busy: worked / (makespan * workers) };
}
