/** A number for a message: three significant digits, no padding. */
export function short(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(3)));
}

/** 1,234,567 → '1.23 MB'. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** 'a, b and 3 more' */
export function listed(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.join(', ') || 'none';
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
