/** How far two tensors lie apart. */
export interface Difference {
  /** Largest absolute difference. */
  readonly abs: number;
  /** The largest difference relative to the largest expected magnitude. */
  readonly rel: number;
}

export interface Tolerance {
  /** Relative to the largest magnitude of the expected output. Default 1e-4. */
  readonly relative: number;
  /** Added to it, for outputs near zero. Default 1e-6. */
  readonly absolute: number;
}

export const DEFAULT_TOLERANCE: Tolerance = { relative: 1e-4, absolute: 1e-6 };

/** Compares element by element; equal infinities and NaN beside NaN count as equal. */
export function difference(expected: ArrayLike<number>, actual: ArrayLike<number>): Difference {
  if (expected.length !== actual.length) return { abs: Infinity, rel: Infinity };
  let scale = 0;
  let abs = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i] as number, actual[i] as number];
    if (Number.isFinite(a)) scale = Math.max(scale, Math.abs(a));
    if (Object.is(a, b) || a === b) continue;
    const distance = Math.abs(a - b);
    abs = Math.max(abs, Number.isNaN(distance) ? Infinity : distance);
  }
  return { abs, rel: abs === 0 ? 0 : abs / Math.max(scale, Number.MIN_VALUE) };
}

/** Whether a difference lies within the tolerance. */
export function within({ abs, rel }: Difference, tolerance: Tolerance): boolean {
  if (abs === 0) return true;
  const scale = abs / rel;
  return abs <= tolerance.absolute + tolerance.relative * scale;
}
