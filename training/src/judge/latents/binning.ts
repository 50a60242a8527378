/**
 * Sorts values into bins of equal width between the smallest and the largest.
 *
 * @returns the bin of each, from 0; all 0 where the values are all the same
 */
export function equalBins(values: ArrayLike<number>, bins: number): Uint16Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  const scale = high > low ? bins / (high - low) : 0;
  return Uint16Array.from({ length: values.length }, (_, i) =>
    Math.min(bins - 1, Math.floor(((values[i] as number) - low) * scale)),
  );
}

/** Entropy of a discrete variable, in nats. */
export function entropy(values: Uint16Array): number {
  return entropyOf(countsOf(values), values.length);
}

/** Mutual information of two discrete variables of the same items, in nats: H(a) + H(b) − H(a, b). */
export function mutualInformation(a: Uint16Array, b: Uint16Array): number {
  const width = 1 + b.reduce((largest, value) => Math.max(largest, value), 0);
  const joint = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    const key = (a[i] as number) * width + (b[i] as number);
    joint.set(key, (joint.get(key) ?? 0) + 1);
  }
  return entropy(a) + entropy(b) - entropyOf(joint, a.length);
}

function countsOf(values: Uint16Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function entropyOf(counts: ReadonlyMap<number, number>, total: number): number {
  let sum = 0;
  for (const count of counts.values()) sum -= (count / total) * Math.log(count / total);
  return sum;
}
