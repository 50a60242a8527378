/** The share of the time that is left free, since no epoch takes what the last one took. */
const HEADROOM = 0.05;
/** Time that would be left over is used where it is good for this share of all epochs or more. */
const WORTH_MORE = 0.1;

interface Left {
  readonly secondsLeft: number;
  /** What an epoch takes, its tests and its checkpoint included. */
  readonly epochSeconds: number;
}

/** How many epochs fit into the time that is left; 0 where not one does. */
export function fitEpochs({ secondsLeft, epochSeconds }: Left): number {
  return Math.max(0, Math.floor(((1 - HEADROOM) * secondsLeft) / epochSeconds));
}

/**
 * How many epochs a run should have in all by what its epochs turn out to take: as many as planned, unless they
 * do not fit any more, or many more would.
 */
export function refitEpochs({
  epochsDone,
  planned,
  ...left
}: Left & { readonly epochsDone: number; readonly planned: number }): number {
  const remaining = planned - epochsDone;
  if (remaining <= 0) return planned;
  const fitting = fitEpochs(left);
  const late = remaining * left.epochSeconds > left.secondsLeft;
  const early = fitting - remaining >= Math.max(1, WORTH_MORE * planned);
  return late || early ? epochsDone + fitting : planned;
}
