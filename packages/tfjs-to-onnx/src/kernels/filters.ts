import { reshape, transpose } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';
import type { Size } from '../trace/size.ts';

/** tfjs keeps filters as [...window, in, out]; ONNX as [out, in, ...window]. */
export function filterOutFirst(g: GraphWriter, filter: Value): Value {
  const rank = filter.shape.length;
  return transpose(g, filter, [
    rank - 1,
    rank - 2,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
}

/** Depthwise filters [...window, in, multiplier] as a grouped convolution's [in·multiplier, 1, ...window]. */
export function depthwiseFilter(g: GraphWriter, filter: Value): Value {
  const rank = filter.shape.length;
  const [channels, multiplier] = filter.shape.slice(-2) as [number, number];
  const window = filter.shape.slice(0, -2);
  const moved = transpose(g, filter, [
    rank - 2,
    rank - 1,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
  return reshape(moved, [channels * multiplier, 1, ...window]);
}

/** [n, …, channels] as [n, channels, …]. */
export const channelsFirstShape = (shape: readonly Size[]): Size[] => [
  shape[0] as Size,
  shape.at(-1) as Size,
  ...shape.slice(1, -1),
];
