import { InputError, type NamedTensors } from '@latentkit/core';

/** The exponent of a float16 that is infinite or no number: all ones. */
const HALF_EXPONENT = 0x7c00;

/**
 * Looks for numbers that are none, which JSON has no form for, and binary tensors do: what a graph makes of them is no
 * embedding, and no item.
 *
 * @throws InputError for NaN or an infinity
 */
export function checkFinite(inputs: NamedTensors): void {
  for (const [name, { data, dtype }] of Object.entries(inputs)) {
    const at = notFinite(data as Float32Array, dtype);
    if (at < 0) continue;
    const came = dtype === 'float16' ? 'NaN or an infinity' : data[at];
    throw new InputError(`input '${name}'`, 'finite numbers', `${came} as its element ${at}`);
  }
}

function notFinite(data: ArrayLike<number>, dtype: string): number {
  const isNumber = FINITE[dtype];
  if (!isNumber) return -1;
  for (let i = 0; i < data.length; i++) if (!isNumber(data[i] as number)) return i;
  return -1;
}

const FINITE: Readonly<Record<string, (value: number) => boolean>> = {
  float16: (bits) => (bits & HALF_EXPONENT) !== HALF_EXPONENT,
  float32: Number.isFinite,
  float64: Number.isFinite,
};
