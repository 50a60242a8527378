import { checkOptions } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { type InterpolationPath, interpolateLatents } from '../latents/interpolate.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import { checkLength, type Tensor, tensor } from '../tensor.ts';

/**
 * The path through many latents, one after the other, as `lerp` or `slerp` between neighbours (see
 * {@link interpolateLatents}).
 *
 * @param points [n, size], n ≥ 2
 * @param options.steps frames from a point to the next, that point included; at least 1
 * @returns [(n − 1) · steps + 1, size]
 * @throws ArgumentError for fewer than two points, or a bad number of steps; InputError for NaN or infinity
 */
export function latentPath(
  points: Tensor<'float32'>,
  options: { readonly steps: number; readonly path?: InterpolationPath | undefined },
): Tensor<'float32'> {
  checkFiniteRows('points', points);
  checkOptions(options, '{ steps: 8 }');
  const { steps, path } = options;
  const [n = 0, size = 0] = points.dims;
  if (n < 2) throw new ArgumentError('points', 'at least two latents', `${n}`);
  checkLength('steps', steps, 1, n * size);
  const out = new Float32Array(((n - 1) * steps + 1) * size);
  const point = (i: number) => points.data.subarray(i * size, (i + 1) * size);
  for (let i = 0; i + 1 < n; i++) {
    const leg = interpolateLatents(point(i), point(i + 1), { steps: steps + 1, path });
    out.set(leg.data, i * steps * size);
  }
  return tensor(out, [out.length / size, size]);
}

/**
 * A grid between four latents, row by row: the corners are top left, top right, bottom left, bottom right,
 * and what lies between is interpolated down the sides first, then across.
 *
 * @param corners [4, size]
 * @param options.rows, options.columns at least 2 each
 * @returns [rows · columns, size]
 * @throws ArgumentError for a number of corners other than four, or of rows or columns below 2; InputError for NaN or
 *   infinity
 */
export function latentGrid(
  corners: Tensor<'float32'>,
  options: {
    readonly rows: number;
    readonly columns: number;
    readonly path?: InterpolationPath | undefined;
  },
): Tensor<'float32'> {
  checkFiniteRows('corners', corners);
  checkOptions(options, '{ rows: 8, columns: 8 }');
  const { rows, columns, path } = options;
  const [n = 0, size = 0] = corners.dims;
  checkLength('rows', rows, 2, size);
  checkLength('columns', columns, 2, rows * size);
  if (n !== 4) throw new ArgumentError('corners', 'four latents', `${n}`);
  const corner = (i: number) => corners.data.subarray(i * size, (i + 1) * size);
  const left = interpolateLatents(corner(0), corner(2), { steps: rows, path });
  const right = interpolateLatents(corner(1), corner(3), { steps: rows, path });
  const out = new Float32Array(rows * columns * size);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [left, right].map(({ data }) =>
      data.subarray(row * size, (row + 1) * size),
    ) as [Float32Array, Float32Array];
    const across = interpolateLatents(from, to, { steps: columns, path });
    out.set(across.data, row * columns * size);
  }
  return tensor(out, [rows * columns, size]);
}
