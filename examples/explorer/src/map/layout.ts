import type { Points } from '../data/load-points.ts';
import type { LayoutName } from '../state.ts';

/** Two coordinates of each point in the unit square, whose sides have the same scale. */
export interface Layout {
  /** [count × 2] */
  readonly positions: Float32Array;
  /** From a place in the square to the values on the axes, and back. */
  toValues(x: number, y: number): readonly [number, number];
  toPlace(x: number, y: number): readonly [number, number];
}

/** Share of the square that is left free at its rim. */
const RIM = 0.04;

export function layoutOf(points: Points, name: LayoutName): Layout {
  const { count, size, vectors, info, numbers } = points;
  const axis = (a: 0 | 1): ((i: number) => number) => {
    if (name.kind === 'dimensions') {
      const at = name.axes[a];
      return (i) => vectors[i * size + at] as number;
    }
    const column = info.projections.find((one) => one.name === name.kind)?.columns[a] ?? '';
    const values = numbers.get(column) as Float32Array;
    return (i) => values[i] as number;
  };
  const [xOf, yOf] = [axis(0), axis(1)];
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    left = Math.min(left, xOf(i));
    right = Math.max(right, xOf(i));
    bottom = Math.min(bottom, yOf(i));
    top = Math.max(top, yOf(i));
  }
  const side = Math.max(right - left, top - bottom, 1e-9) / (1 - 2 * RIM);
  const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
  const toPlace = (x: number, y: number) =>
    [0.5 + (x - middleX) / side, 0.5 - (y - middleY) / side] as const;
  const positions = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) positions.set(toPlace(xOf(i), yOf(i)), 2 * i);
  return {
    positions,
    toPlace,
    toValues: (x, y) => [middleX + (x - 0.5) * side, middleY - (y - 0.5) * side],
  };
}
