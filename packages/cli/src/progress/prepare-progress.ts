import type { PrepareProgress } from '@latentkit/data';
import { formatCount } from '../format.ts';
import type { Io } from '../io.ts';

/** Lines come no more often than this, in ms. */
const EVERY = 2000;

/** Tells of a preparation that takes more than a moment, in plain lines. */
export function prepareProgress(
  io: Io,
  now: () => number = () => performance.now(),
): (progress: PrepareProgress) => void {
  let last = now();
  let told = false;
  return ({ done, total, bad, imagesPerSecond }) => {
    const finished = done === total && told;
    if (now() - last < EVERY && !finished) return;
    last = now();
    told = true;
    const faults = bad > 0 ? `, ${formatCount(bad)} bad` : '';
    io.err(
      `prepared ${formatCount(done)} of ${formatCount(total)} pictures${faults}, ${formatCount(Math.round(imagesPerSecond))} images/s`,
    );
  };
}
