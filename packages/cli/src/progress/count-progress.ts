import { SingleBar } from 'cli-progress';
import { formatCount, formatDuration } from '../format.ts';
import type { Io } from '../io.ts';

/** How far some work on many things has come. */
export interface Count {
  readonly done: number;
  readonly total: number;
  readonly bad: number;
  readonly imagesPerSecond: number;
}

/** Lines come no more often than this, in ms. */
const EVERY = 2000;

export interface CountProgress {
  /** Says nothing where there is nothing to do. */
  show(count: Count): void;
  /** Clears what is drawn, so that a line can be written. */
  clear(): void;
}

/**
 * Tells how far work has come: by a bar on a terminal, else by a plain line every few seconds.
 *
 * @param verb what was done with the things, such as `embedded`
 */
export function countProgress(
  io: Io,
  verb: string,
  now: () => number = () => performance.now(),
): CountProgress {
  const { show, clear } = io.interactive ? bar(verb) : lines(io, verb, now);
  return {
    clear,
    show(count) {
      if (count.total > 0) show(count);
    },
  };
}

function lines(io: Io, verb: string, now: () => number): CountProgress {
  let last = now();
  return {
    show(count) {
      if (now() - last < EVERY) return;
      last = now();
      const { done, total, bad } = count;
      const faults = bad > 0 ? `, ${formatCount(bad)} bad` : '';
      io.err(`${verb} ${formatCount(done)} of ${formatCount(total)}${faults}, ${speed(count)}`);
    },
    clear() {},
  };
}

function bar(verb: string): CountProgress {
  let drawn: SingleBar | undefined;
  return {
    show(count) {
      const { done, total, bad } = count;
      const faults = bad > 0 ? `  ${formatCount(bad)} bad` : '';
      const payload = { rest: `${speed(count)}${faults}` };
      if (!drawn) {
        drawn = new SingleBar({
          format: `${verb} {value}/{total} {bar} {percentage}%  {rest}`,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
          clearOnComplete: true,
        });
        drawn.start(total, done, payload);
      }
      drawn.update(done, payload);
    },
    clear() {
      drawn?.stop();
      drawn = undefined;
    },
  };
}

function speed({ done, total, imagesPerSecond }: Count): string {
  const left = (total - done) / Math.max(imagesPerSecond, 1e-9);
  return `${formatCount(Math.round(imagesPerSecond))}/s, ${formatDuration(left)} left`;
}
