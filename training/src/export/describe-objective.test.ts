import { expect, test } from '@jest/globals';
import { resolveConfig } from '../settings/config.ts';
import { describeObjective } from './describe-objective.ts';

test.each([
  [1, 'with a warm-up of 1 epoch and'],
  [3, 'with a warm-up of 3 epochs and'],
])('a warm-up of %d', (rateWarmUp, words) => {
  const config = { runDir: 'run', rateWarmUp, rateSchedule: 'cosine' } as const;
  expect(describeObjective(resolveConfig(config))).toContain(words);
});
