/** Networks are made for values of about 1: those of standardised pictures seldom go beyond 4. */
const FAR = 10;

/**
 * Says that items are of a scale at which a model learns little, and what to do about it: the likelihoods take values of
 * any scale, but weights and σ begin at what fits values of about 1.
 *
 * @param items their range, smallest and largest, and their shape [height, width, channels]
 * @returns undefined where there is nothing to say
 */
export function scaleWarning({
  valueRange: [low, high],
  itemShape: [height, width],
}: {
  readonly valueRange: readonly [number, number];
  readonly itemShape: readonly [height: number, width: number, channels: number];
}): string | undefined {
  if (Math.max(-low, high) <= FAR) return undefined;
  const isPicture = Math.min(height, width) > 1;
  const advice = isPicture
    ? "bring pixels of 0 to 255 to bytes (array.astype('uint8')) or divide them by 255"
    : 'take the mean off each of the values and divide by its standard deviation';
  const [least, most] = [low, high].map((value) => Number(value.toPrecision(4)));
  return `The items hold values from ${least} to ${most}, and models learn little from values far beyond 0 to 1: ${advice}.`;
}
