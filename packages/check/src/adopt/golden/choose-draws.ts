/**
 * Rows that differ most: the one that is furthest from all others, then, each time, the one that is furthest from
 * those that were taken (Gonzalez 1985, farthest-first traversal). Of items that a decoder draws, a few chosen so say
 * more of whether an encoder tells them apart than as many that may look alike.
 *
 * @param values `rows` rows of equal length
 * @returns indices of `count` rows, or of all where there are fewer
 */
export function mostDifferent(values: Float32Array, rows: number, count: number): number[] {
  const size = values.length / rows;
  const distance = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      sum += ((values[a * size + i] as number) - (values[b * size + i] as number)) ** 2;
    }
    // What is no number is at no distance.
    return Number.isNaN(sum) ? 0 : sum;
  };
  const all = Array.from({ length: rows }, (_, row) => row);
  const fromAll = all.map((row) =>
    all.reduce((sum, other) => sum + Math.sqrt(distance(row, other)), 0),
  );
  const chosen = [largest(fromAll)];
  const nearest = all.map((row) => distance(row, chosen[0] as number));
  while (chosen.length < Math.min(count, rows)) {
    // One that was taken is at a distance of 0, which others may be as well where items are alike.
    const next = largest(nearest.map((each, row) => (chosen.includes(row) ? -1 : each)));
    chosen.push(next);
    for (const row of all) {
      nearest[row] = Math.min(nearest[row] as number, distance(row, next));
    }
  }
  return chosen;
}

/** The index of the largest. */
function largest(values: readonly number[]): number {
  let best = 0;
  for (const [i, value] of values.entries()) if (value > (values[best] as number)) best = i;
  return best;
}
