import { getFloat16, setFloat16 } from '@petamoriken/float16';

export const LARGEST_HALF = 65504;

export interface HalfTensor {
  /** Little-endian halves, as `raw_data` stores them. */
  raw: Uint8Array;
  /** Largest absolute difference to the values given, of those that are finite. */
  maxAbsError: number;
  /** Finite values beyond ±65504, which became ±65504. */
  clamped: number;
  /** Values other than 0 that became 0. */
  flushed: number;
}

/**
 * Rounds values to half precision: to nearest, ties to even, subnormals included. Finite values
 * beyond the range become the largest finite half instead of infinity; NaN and infinities stay.
 */
export function toHalf(values: ArrayLike<number>): HalfTensor {
  const raw = new Uint8Array(values.length * 2);
  const view = new DataView(raw.buffer);
  const report: HalfTensor = { raw, maxAbsError: 0, clamped: 0, flushed: 0 };
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    setFloat16(view, i * 2, value, true);
    let half = getFloat16(view, i * 2, true);
    if (!Number.isFinite(value)) continue;
    if (!Number.isFinite(half)) {
      half = Math.sign(value) * LARGEST_HALF;
      setFloat16(view, i * 2, half, true);
      report.clamped++;
    }
    if (half === 0 && value !== 0) report.flushed++;
    report.maxAbsError = Math.max(report.maxAbsError, Math.abs(half - value));
  }
  return report;
}
