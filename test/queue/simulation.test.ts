import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { type SimulatedQueue, simulate } from '../../scripts/queue/simulation.ts';

const steady: SimulatedQueue = {
  ...{ shards: 100, workers: 8, service: () => 10, between: 0 },
  ...{ deaths: 0, lock: 30, replaced: 5 },
};
const dice = (seed = 1) => {
  const random = createRandom(seed);
  return () => random.uniform();
};

describe('the simulation of a queue', () => {
  test('of equal shards takes as many rounds as they fill', () => {
    expect(simulate(steady, dice())).toEqual({ makespan: 130, died: 0, busy: 1000 / (8 * 130) });
    expect(simulate({ ...steady, between: 1 }, dice()).makespan).toBe(13 * 11);
    expect(simulate({ ...steady, workers: 1 }, dice()).makespan).toBe(1000);
  });

  test('ends no sooner than all work over all workers, nor than the longest shard', () => {
    const service = (next: () => number) => 1 + 50 * next() ** 8;
    for (let seed = 1; seed < 50; seed++) {
      const drawn: number[] = [];
      const noting = (next: () => number) => {
        const takes = service(next);
        drawn.push(takes);
        return takes;
      };
      const { makespan } = simulate({ ...steady, service: noting }, dice(seed));
      const sum = drawn.reduce((all, each) => all + each, 0);
      const longest = Math.max(...drawn);
      expect(makespan).toBeGreaterThanOrEqual(Math.max(sum / 8, longest));
      // Graham (1966): taking the next in turn is at most this much longer.
      expect(makespan).toBeLessThanOrEqual(sum / 8 + (7 / 8) * longest + 1e-9);
    }
  });

  test('loses to a worker that dies what it was at, and the wait for it', () => {
    const one = { ...steady, workers: 1, shards: 2000, deaths: 0.01 };
    const { died, makespan } = simulate(one, dice());
    // Of tries of 10 s at a rate of 1 in 100 s, e^-0.1 come through: 1 / e^-0.1 − 1 deaths a shard.
    expect(died / 2000).toBeCloseTo(Math.expm1(0.1), 1);
    expect(makespan).toBeGreaterThan(20_000 + died * 5);
  });
});
