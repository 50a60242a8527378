import type { TensorData } from '../ir.ts';
import { tensorFromArray } from '../tensor.ts';

type Value = Omit<TensorData, 'name'>;

export interface QuantizedWeight {
  /** 8-bit values in the weight's shape. */
  values: Value;
  /** One float32 scale a channel. */
  scales: Value;
  /** One zero point a channel; none where all are 0. */
  zeroPoints: Value | undefined;
  maxAbsError: number;
  flushed: number;
}

/**
 * Quantises a weight per channel, `w ≈ scale · (q − zeroPoint)`:
 * - `int8`: symmetric, q in [−`largest`, `largest`], zero point 0;
 * - `uint8`: asymmetric, q in [0, 255], the range of each channel (0 included) used in full.
 *
 * A channel of zeros has scale 1. Values must be finite.
 */
export function quantizeWeight(
  weight: { dims: readonly number[]; values: ArrayLike<number> },
  axis: number,
  type: 'int8' | 'uint8',
  largest = 127,
): QuantizedWeight {
  const channels = weight.dims[axis] as number;
  const inner = weight.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const count = weight.values.length;

  // Channel by channel in runs of `inner` elements: weights have millions of them.
  const low = new Float64Array(channels);
  const high = new Float64Array(channels);
  for (
    let start = 0, channel = 0;
    start < count;
    start += inner, channel = (channel + 1) % channels
  ) {
    for (let i = start; i < start + inner; i++) {
      const value = weight.values[i] as number;
      if (value < (low[channel] as number)) low[channel] = value;
      if (value > (high[channel] as number)) high[channel] = value;
    }
  }
  const scales = new Float32Array(channels);
  const zeros = new Uint8Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const from = low[channel] as number;
    const to = high[channel] as number;
    const width = type === 'int8' ? Math.max(-from, to) / largest : (to - from) / 255;
    // A subnormal scale would have too few digits left.
    scales[channel] = width < 2 ** -126 ? 1 : width;
    if (type === 'uint8') zeros[channel] = Math.round(-from / (scales[channel] as number));
  }

  const least = type === 'int8' ? -largest : 0;
  const most = type === 'int8' ? largest : 255;
  const quantized = type === 'int8' ? new Int8Array(count) : new Uint8Array(count);
  let maxAbsError = 0;
  let flushed = 0;
  for (
    let start = 0, channel = 0;
    start < count;
    start += inner, channel = (channel + 1) % channels
  ) {
    const scale = scales[channel] as number;
    const zero = zeros[channel] as number;
    for (let i = start; i < start + inner; i++) {
      const value = weight.values[i] as number;
      const q = Math.min(Math.max(Math.round(value / scale) + zero, least), most);
      quantized[i] = q;
      if (q === zero && value !== 0) flushed++;
      maxAbsError = Math.max(maxAbsError, Math.abs(scale * (q - zero) - value));
    }
  }
  return {
    values: nameless(tensorFromArray('', type, quantized as never, weight.dims)),
    scales: nameless(tensorFromArray('', 'float32', scales, [channels])),
    zeroPoints:
      type === 'uint8' ? nameless(tensorFromArray('', 'uint8', zeros, [channels])) : undefined,
    maxAbsError,
    flushed,
  };
}

function nameless({ name: _, ...tensor }: TensorData): Value {
  return tensor;
}
