import type { ExplorerProgress } from '@latentkit/explorer';
import type { Io } from '../io.ts';
import { type CountProgress, countProgress } from './count-progress.ts';

const VERBS: Readonly<Record<ExplorerProgress['stage'], string>> = {
  embedding: 'embedded',
  neighbours: 'placed',
  projecting: 'projected',
};

/** Tells how far an explorer's data have come: a stage after the other, each from its own beginning. */
export function explorerProgress(
  io: Io,
  now: () => number = () => performance.now(),
): { show(progress: ExplorerProgress): void; clear(): void } {
  let stage: ExplorerProgress['stage'] | undefined;
  let current: CountProgress | undefined;
  let began = 0;
  return {
    show({ stage: next, done, total }) {
      if (next !== stage) {
        current?.clear();
        stage = next;
        began = now();
        current = countProgress(io, VERBS[next], now);
      }
      const imagesPerSecond = (1000 * done) / Math.max(1, now() - began);
      current?.show({ done, total, bad: 0, imagesPerSecond });
    },
    clear() {
      current?.clear();
      current = undefined;
      stage = undefined;
    },
  };
}
