/** Positions from 0 to count, at most `limit` of them. */
export function evenlySpaced(count: number, limit = count): number[] {
  const some = Math.min(count, limit);
  return Array.from({ length: some }, (_, i) => Math.floor((i * count) / some));
}
