import { formatCount, formatDuration, formatNats } from '../format.ts';
import type { Io } from '../io.ts';
import { lossParts } from './loss-parts.ts';
import type { Meter } from './meter.ts';

/** Between two lines about one epoch, so that a log file stays short. */
const INTERVAL_MS = 10_000;

/** A plain line every few seconds, for logs and pipes. */
export function createLineMeter(io: Io, now: () => number = Date.now): Meter {
  let last = now();
  return {
    step({ epoch, stepInEpoch, stepsPerEpoch, mean, imagesPerSecond, secondsLeft }, family) {
      if (now() - last < INTERVAL_MS) return;
      last = now();
      io.err(
        [
          `epoch ${epoch} step ${stepInEpoch}/${stepsPerEpoch}`,
          `loss ${formatNats(mean.loss)}`,
          ...lossParts(mean, family).map((part) => part.join(' ')),
          `${formatCount(Math.round(imagesPerSecond))} images/s`,
          `${formatDuration(secondsLeft)} left`,
        ].join('  '),
      );
    },
    clear() {
      last = now();
    },
  };
}
