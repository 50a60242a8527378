import type { NamedTensors, Tensor } from '@latentkit/core';
import type { GoldenRows } from './golden.ts';

/** The first `count` rows of golden inputs (or outputs), which begin anew when they are used up. */
export function tile(tensors: NamedTensors, { rows }: GoldenRows, count: number): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      // One without a row for each item (a temperature) goes into every run whole.
      tensor.dims[0] === rows ? tileRows(tensor, count) : tensor,
    ]),
  );
}

function tileRows({ data, dims, dtype }: Tensor, count: number): Tensor {
  const [rows = 1, ...rest] = dims;
  const width = data.length / rows;
  const Data = data.constructor as new (length: number) => Float32Array;
  const tiled = new Data(count * width);
  for (let row = 0; row < count; row++) {
    const from = (row % rows) * width;
    tiled.set((data as Float32Array).subarray(from, from + width), row * width);
  }
  return { data: tiled, dims: [count, ...rest], dtype } as Tensor;
}
