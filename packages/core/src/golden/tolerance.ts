import type { Precision } from '../card/card.ts';

/**
 * Largest errors, in units of the largest number of a row where that is beyond ±1, of devices and precisions that
 * a card says nothing of. GPUs may multiply with 10 bits (TF32), Core ML with those of half floats.
 */
export const STANDARD_TOLERANCE: Readonly<Record<string, number>> = {
  cpu: 1e-4,
  wasm: 1e-4,
  webgpu: 1e-3,
  fp16: 5e-2,
  int8: 2e-1,
  coreml: 5e-2,
};

/** Of any other device. */
const OTHER = 1e-2;

/** Share of indices that may be others in a precision: where two entries are as near, rounding decides. */
export const OTHER_INDICES: Readonly<Record<string, number>> = { fp16: 0.1, int8: 0.2 };

/** The share on accelerators, which round in an order of their own. */
const OTHER_ON_ACCELERATORS = 0.05;

/** Devices whose runs are the reference: what else a machine may have must show that it computes alike. */
const PROCESSORS: readonly string[] = ['cpu', 'wasm'];

export function isAccelerator(device: string): boolean {
  return !PROCESSORS.includes(device);
}

/** The largest error that a device may show in a precision, by the card or by what is usual. */
export function toleranceOf(
  card: Readonly<Record<string, number>>,
  device: string,
  precision: Precision,
): number {
  const of = (key: string) => card[key] ?? STANDARD_TOLERANCE[key] ?? OTHER;
  return precision === 'fp32' ? of(device) : Math.max(of(device), of(precision));
}

/** The same for outputs of integers: a share of them. */
export function sharedIndices(device: string, precision: Precision): number {
  return Math.max(OTHER_INDICES[precision] ?? 0, isAccelerator(device) ? OTHER_ON_ACCELERATORS : 0);
}
