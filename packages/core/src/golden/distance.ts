import { checkTensor, type Tensor } from '../tensor.ts';

/** How far an output is from what was expected. */
export interface Distance {
  /** Largest |received − expected|; of integers, the share that are others. */
  readonly largest: number;
  /**
   * Largest |received − expected| / max(1, largest |expected| of its row): what nearly cancels out among
   * large numbers is rounded as they are. Of integers, the same share.
   */
  readonly scaled: number;
  /** The row that is furthest off, the first of equals; of integers, the first that has others. */
  readonly row: number;
}

/** NaN where the tensors differ in dtype or dims, or where a number is none. */
export function distanceOf(received: Tensor | undefined, expected: Tensor): Distance {
  checkTensor('expected', expected);
  const fits = received?.dtype === expected.dtype && received.dims.join() === expected.dims.join();
  if (!fits) return { largest: Number.NaN, scaled: Number.NaN, row: 0 };
  if (expected.dtype !== 'float32') return shareOfOthers(received, expected);
  const values = received.data as Float32Array;
  const wanted = expected.data as Float32Array;
  const rows = expected.dims[0] ?? 1;
  const width = wanted.length / rows;
  let largest = 0;
  let scaled = 0;
  let furthest = 0;
  for (let row = 0; row < rows; row++) {
    let scale = 1;
    let error = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      scale = Math.max(scale, Math.abs(wanted[i] as number));
      // Once NaN, for ever NaN: Math.max passes it on.
      error = Math.max(error, Math.abs((values[i] as number) - (wanted[i] as number)));
    }
    largest = Math.max(largest, error);
    const off = error / scale;
    // NaN is further off than any number, and no later row than the first that has it.
    if (!(off <= scaled || Number.isNaN(scaled))) furthest = row;
    scaled = Math.max(scaled, off);
  }
  return { largest, scaled, row: furthest };
}

function shareOfOthers(received: Tensor, expected: Tensor): Distance {
  const { length } = expected.data;
  let others = 0;
  let row = 0;
  for (let i = 0; i < length; i++) {
    if (received.data[i] === expected.data[i]) continue;
    if (others === 0) row = Math.floor((i * (expected.dims[0] ?? 1)) / length);
    others += 1;
  }
  const share = length === 0 ? 0 : others / length;
  return { largest: share, scaled: share, row };
}
