import type { BetaSchedule, RateSchedule } from '../settings/choices.ts';

/** Cycles of the cyclical schedule over a run (Fu et al. 2019, §3.2). */
const CYCLES = 4;

export interface Schedules {
  readonly betaSchedule: BetaSchedule;
  readonly rateSchedule: RateSchedule;
  /** Steps over which β and the capacity rise from 0. */
  readonly warmUpSteps: number;
  /** Steps over which the learning rate rises from 0. */
  readonly rateWarmUpSteps: number;
  readonly totalSteps: number;
}

/**
 * The share of β in a step: 1; a rise from 0 over the first steps (Sønderby et al. 2016); or rises
 * over the first half of each of four cycles (Fu et al. 2019).
 *
 * @param step from 1
 */
export function betaShare(
  step: number,
  { betaSchedule, warmUpSteps, totalSteps }: Schedules,
): number {
  switch (betaSchedule) {
    case 'constant':
      return 1;
    case 'warm-up':
      return Math.min(1, step / Math.max(1, warmUpSteps));
    case 'cyclical': {
      const cycle = Math.max(1, totalSteps / CYCLES);
      return Math.min(1, (2 * ((step - 1) % cycle)) / cycle);
    }
  }
}

/** The share of the capacity in a step: a rise from 0 over the first steps (Burgess et al. 2018, §4.1). */
export function capacityShare(step: number, { warmUpSteps }: Schedules): number {
  return Math.min(1, step / Math.max(1, warmUpSteps));
}

/**
 * The share of the learning rate in a step: a rise from 0 over the first steps, in which Adam's averages
 * know too little to take whole ones (Ma & Yarats 2021), then 1, or half a cosine from 1 down to 0 over the
 * rest (Loshchilov & Hutter 2017).
 */
export function rateShare(
  step: number,
  { rateSchedule, rateWarmUpSteps, totalSteps }: Schedules,
): number {
  // A run may be shorter than its warm-up.
  const rising = Math.min(rateWarmUpSteps, totalSteps);
  if (step <= rising) return step / rising;
  if (rateSchedule === 'constant') return 1;
  const [since, left] = [step - 1 - rising, totalSteps - rising];
  return 0.5 * (1 + Math.cos((Math.PI * Math.min(since, left)) / left));
}
