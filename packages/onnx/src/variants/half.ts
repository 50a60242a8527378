import { Float16Array, f16round } from '@petamoriken/float16';
import { tensorFromArray } from '../tensor.ts';

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
  const rounded = new Float32Array(values.length);
  let maxAbsError = 0;
  let clamped = 0;
  let flushed = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    let half = f16round(value);
    if (Number.isFinite(value)) {
      if (!Number.isFinite(half)) {
        half = Math.sign(value) * LARGEST_HALF;
        clamped++;
      }
      if (half === 0 && value !== 0) flushed++;
      maxAbsError = Math.max(maxAbsError, Math.abs(half - value));
    }
    rounded[i] = half;
  }
  const bits = new Uint16Array(new Float16Array(rounded).buffer);
  const { raw } = tensorFromArray('', 'float16', bits, [bits.length]);
  return { raw, maxAbsError, clamped, flushed };
}
