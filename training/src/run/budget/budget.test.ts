import { describe, expect, test } from '@jest/globals';
import { rateShare } from '../../optimizers/schedule.ts';
import { fitEpochs, refitEpochs } from './fit-epochs.ts';
import { paceTo, placeInSchedules } from './pace.ts';
import { stopwatch } from './stopwatch.ts';

describe('fitEpochs', () => {
  test('fills the time but for a twentieth of it', () => {
    expect(fitEpochs({ secondsLeft: 100, epochSeconds: 1 })).toBe(95);
    expect(fitEpochs({ secondsLeft: 100, epochSeconds: 95.1 })).toBe(0);
    expect(fitEpochs({ secondsLeft: -1, epochSeconds: 1 })).toBe(0);
  });
});

describe('refitEpochs', () => {
  const refit = (epochsDone: number, secondsLeft: number, epochSeconds: number) =>
    refitEpochs({ epochsDone, planned: 20, secondsLeft, epochSeconds });

  test.each([
    ['as planned', 10, 10.2, 1, 20],
    ['a little fast: the plan stays', 10, 12, 1, 20],
    ['twice as fast: more epochs', 10, 20, 1, 29],
    ['too slow: fewer epochs', 10, 9.9, 1, 19],
    ['no time for another: this was the last', 10, 0.5, 1, 10],
    ['all epochs done, whatever is left', 20, 50, 1, 20],
  ])('%s', (_, done, left, each, expected) => expect(refit(done, left, each)).toBe(expected));
});

describe('a pace', () => {
  const schedules = {
    betaSchedule: 'constant',
    rateSchedule: 'cosine',
    warmUpSteps: 0,
    rateWarmUpSteps: 10,
    totalSteps: 100,
  } as const;
  const rateAt = (step: number, pace: Parameters<typeof placeInSchedules>[1]) =>
    rateShare(placeInSchedules(step, pace), schedules);

  test('takes the rate to its end in the steps that there are, without a jump', () => {
    const shorter = paceTo({ step: 40, total: 70, scheduled: 100 }, undefined);
    expect(placeInSchedules(70, shorter)).toBeCloseTo(100, 10);
    expect(rateAt(40, shorter)).toBe(rateAt(40, undefined));
    expect(rateAt(70, shorter)).toBeCloseTo(rateAt(100, undefined), 10);
    expect(rateAt(55, shorter)).toBeCloseTo(rateAt(70, undefined), 10);
    const longer = paceTo({ step: 55, total: 200, scheduled: 100 }, shorter);
    expect(placeInSchedules(55, longer)).toBeCloseTo(70, 10);
    expect(placeInSchedules(200, longer)).toBeCloseTo(100, 10);
  });
});

test('a stopwatch goes on from what other processes took', () => {
  let now = 5000;
  const seconds = stopwatch(() => now, 30);
  now += 1500;
  expect(seconds()).toBeCloseTo(31.5, 10);
});
