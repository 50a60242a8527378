import { describe, expect, test } from '@jest/globals';
import { betaShare, capacityShare, rateShare, type Schedules } from './schedule.ts';

const schedules = (changes: Partial<Schedules> = {}): Schedules => ({
  betaSchedule: 'constant',
  rateSchedule: 'constant',
  warmUpSteps: 10,
  rateWarmUpSteps: 0,
  totalSteps: 80,
  ...changes,
});
const steps = [1, 5, 10, 11, 20, 21, 31, 80];

describe('schedules', () => {
  test('constant ones are 1 throughout', () => {
    for (const step of steps) {
      expect([betaShare(step, schedules()), rateShare(step, schedules())]).toEqual([1, 1]);
    }
  });

  test('a warm-up rises to 1 and stays; without steps it is 1 at once', () => {
    const warm = schedules({ betaSchedule: 'warm-up' });
    expect(steps.map((step) => betaShare(step, warm))).toEqual([0.1, 0.5, 1, 1, 1, 1, 1, 1]);
    expect(betaShare(1, { ...warm, warmUpSteps: 0 })).toBe(1);
    expect(capacityShare(5, schedules())).toBe(0.5);
  });

  test('cycles begin at 0 four times and spend half their time at 1', () => {
    const cyclical = schedules({ betaSchedule: 'cyclical' });
    expect([1, 21, 41, 61].map((step) => betaShare(step, cyclical))).toEqual([0, 0, 0, 0]);
    const full = Array.from({ length: 80 }, (_, i) => betaShare(i + 1, cyclical)).filter(
      (share) => share === 1,
    );
    expect(full).toHaveLength(40);
  });

  test('the learning rate rises to 1 first, and what follows begins there', () => {
    const rising = schedules({ rateWarmUpSteps: 20 });
    expect(steps.map((step) => rateShare(step, rising))).toEqual([
      0.05, 0.25, 0.5, 0.55, 1, 1, 1, 1,
    ]);
    const cosine = schedules({ rateWarmUpSteps: 20, rateSchedule: 'cosine' });
    expect([10, 20, 21].map((step) => rateShare(step, cosine))).toEqual([0.5, 1, 1]);
    expect(rateShare(51, cosine)).toBeCloseTo(0.5, 10);
    expect(rateShare(80, cosine)).toBeGreaterThan(0);
    // A run that is shorter than its warm-up.
    const short = schedules({ rateWarmUpSteps: 200, rateSchedule: 'cosine' });
    expect([1, 40, 80].map((step) => rateShare(step, short))).toEqual([1 / 80, 0.5, 1]);
  });

  test('a cosine falls from 1 to almost 0', () => {
    const cosine = schedules({ rateSchedule: 'cosine' });
    expect(rateShare(1, cosine)).toBe(1);
    expect(rateShare(41, cosine)).toBeCloseTo(0.5, 10);
    expect(rateShare(80, cosine)).toBeLessThan(1e-3);
    expect(rateShare(80, cosine)).toBeGreaterThan(0);
  });
});
