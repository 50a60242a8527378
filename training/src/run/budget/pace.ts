/**
 * How a run goes through its schedules after their length was changed on the way: the steps that are left take
 * it from where it was to the end.
 */
export interface Pace {
  /** The step after which it holds. */
  readonly step: number;
  /** Where in the schedules the run was then, in steps of the schedules. */
  readonly place: number;
  /** Steps of the schedules that a step of the run takes. */
  readonly stride: number;
}

/** Where in the schedules a step is: at the step itself, unless their length was changed before it. */
export function placeInSchedules(step: number, pace: Pace | undefined): number {
  return pace === undefined ? step : pace.place + (step - pace.step) * pace.stride;
}

/**
 * The pace that brings a run to the end of its schedules in another number of steps.
 *
 * @param step steps that are done
 * @param total steps of the run, more than are done
 * @param scheduled steps that the schedules are made for
 */
export function paceTo(
  { step, total, scheduled }: Readonly<Record<'step' | 'total' | 'scheduled', number>>,
  before: Pace | undefined,
): Pace {
  const place = placeInSchedules(step, before);
  return { step, place, stride: (scheduled - place) / (total - step) };
}
