import { checkMethod, checkObject } from '@latentkit/core/runtime';
import type { Engine, StepInputs, Terms } from '../engines/engine.ts';

/** Steps between two whose terms are computed and logged, */
export const REPORT_EVERY = 10;
/** apart from the first of each epoch, and in epochs of fewer steps than this, where every step's are. */
const MANY_STEPS = 100;

/** Where a step stands: its number in its epoch, from 1, and the steps of an epoch. */
export interface StepPlace {
  readonly stepInEpoch: number;
  readonly stepsPerEpoch: number;
}

/**
 * Takes a step of a run, and computes its terms where they are reported: they cost a twentieth of a small network's step.
 *
 * @throws ArgumentError, also as {@link Engine.step}
 */
export async function takeStep(
  engine: Engine,
  inputs: StepInputs,
  place: StepPlace,
): Promise<Terms | undefined> {
  checkMethod('engine', engine, 'update');
  checkObject('inputs', inputs);
  checkObject('place', place);
  const { stepInEpoch, stepsPerEpoch } = place;
  const isReported =
    stepsPerEpoch < MANY_STEPS || stepInEpoch === 1 || inputs.step % REPORT_EVERY === 0;
  if (isReported) return engine.step(inputs);
  await engine.update(inputs);
  return undefined;
}
