import { LatentkitError } from '../errors/index.ts';
import { checkTensor, sizeOf, type Tensor } from '../tensor.ts';
import type { NamedTensors } from './runner.ts';

/** Rows for a graph, which are made piece by piece when their turn comes. */
export interface Rows {
  readonly count: number;
  /** The feeds of the rows from `from` up to `to`. Every row is asked for once, in order. */
  feeds(from: number, to: number): NamedTensors;
}

/** The rows of tensors whose first dimension is the same. */
export function rowsOf(feeds: NamedTensors): Rows {
  return {
    count: Object.values(feeds)[0]?.dims[0] ?? 1,
    feeds: (from, to) => sliceRows(feeds, from, to),
  };
}

/** The rows from `from` up to `to` of each tensor, without a copy. */
export function sliceRows(tensors: NamedTensors, from: number, to: number): NamedTensors {
  const slices: Record<string, Tensor> = {};
  for (const name in tensors) {
    const tensor = tensors[name];
    checkTensor(name, tensor);
    const { data, dims, dtype } = tensor;
    const [, ...row] = dims;
    const size = sizeOf(row);
    const part = data.subarray(from * size, to * size);
    slices[name] = { data: part, dims: [to - from, ...row], dtype } as Tensor;
  }
  return slices;
}

/**
 * Makes room for the outputs of `count` rows, and puts those of the first `rows` there.
 *
 * @throws LatentkitError `runtime` for outputs that are not of so many rows
 */
export function allocateRows(first: NamedTensors, rows: number, count: number): NamedTensors {
  const whole: Record<string, Tensor> = {};
  for (const name in first) {
    const { data, dims, dtype } = first[name] as Tensor;
    const [found, ...row] = dims;
    if (found !== rows) {
      throw new LatentkitError(
        'runtime',
        `The graph's output '${name}' should have a row for each of ${rows} items, received dims [${dims.join(', ')}]. ` +
          'The graph does not match its card; export the model again.',
      );
    }
    const All = data.constructor as new (length: number) => Float32Array;
    const all = new All(count * sizeOf(row));
    all.set(data as Float32Array);
    whole[name] = { data: all, dims: [count, ...row], dtype } as Tensor;
  }
  return whole;
}
