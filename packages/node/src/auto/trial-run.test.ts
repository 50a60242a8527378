import { expect, test } from '@jest/globals';
import type { GraphRunner } from '@latentkit/core';
import { measure } from './trial-run.ts';

/** A graph whose runs block the thread for so many milliseconds, one after the other. */
function lasting(...milliseconds: number[]) {
  const seen = { runs: 0 };
  const encoder: GraphRunner = {
    ...{ device: 'cpu', inputs: [], outputs: [] },
    async run() {
      const end = performance.now() + (milliseconds[seen.runs++] ?? 1);
      while (performance.now() < end);
      return {};
    },
    async dispose() {},
  };
  return { runners: { encoder }, seen };
}

test.each([
  ['a run that was held up is not what the device takes', [0, 60, 1, 1], 4, 50],
  ['nor is the first, which warms up', [150, 5, 1, 5], 4, 50],
  ['a long run is not repeated', [0, 220], 2, 1000],
])('%s', async (_, lasts, runs, atMost) => {
  const { runners, seen } = lasting(...lasts);
  const found = await measure(runners, 2);
  expect(seen.runs).toBe(runs);
  expect(found).toBeLessThan(atMost);
  expect(found).toBeGreaterThanOrEqual(Math.min(...lasts.slice(1)));
});
