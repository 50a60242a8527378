import { blur2 } from 'd3-array';
import { contours } from 'd3-contour';

/** The smallest part of the map, by an estimate of density, that holds a share of the points. */
export interface Contour {
  /** Of the points that lie inside, 0 to 1. */
  readonly share: number;
  /** Closed lines, each as x and y in turn, in the unit square of the layout; holes are lines as well (even-odd). */
  readonly rings: readonly Float32Array[];
}

/** Shares of the points that the lines go around, the outermost first. */
export const SHARES = [0.9, 0.75, 0.5, 0.25, 0.1] as const;

/** Cells of the grid along one side of the unit square, and those beyond each side, which blurring reaches. */
const CELLS = 160;
const BEYOND = 20;
const SIDE = CELLS + 2 * BEYOND;
/** Of the normal reference rule: maps have many peaks, which the whole of it would melt into one. */
const NARROWER = 1 / 3;

/**
 * Lines of equal density around shares of the points. The density is a Gaussian kernel estimate on a grid, its width a
 * third of the normal reference rule's, spread · n^(−1/6) (Scott 1992, *Multivariate Density Estimation*, §6.3.1).
 *
 * @param positions [n × 2] in the unit square
 * @returns one for each of {@link SHARES}, in their order; empty for no points
 */
export function densityContours(positions: Float32Array): Contour[] {
  const count = positions.length / 2;
  if (count === 0) return [];
  const density = binned(positions);
  const width = Math.max(1, NARROWER * spreadOf(positions) * count ** (-1 / 6) * CELLS);
  // Of three boxes of a radius r, the variance is r² + r.
  const radius = (Math.sqrt(4 * width * width + 1) - 1) / 2;
  blur2({ data: density, width: SIDE, height: SIDE }, radius);
  const atPoints = Float64Array.from({ length: count }, (_, i) =>
    valueAt(density, positions[2 * i] as number, positions[2 * i + 1] as number),
  ).sort();
  const draw = contours().size([SIDE, SIDE]);
  return SHARES.map((share) => {
    const level = atPoints[Math.min(count - 1, Math.floor((1 - share) * count))] as number;
    const { coordinates } = draw.contour(density as unknown as number[], level);
    const rings = coordinates.flatMap((polygon) =>
      polygon.map((ring) => Float32Array.from(ring.flat(), (value) => toPlace(value))),
    );
    return { share, rings };
  });
}

const toCell = (place: number): number => place * CELLS + BEYOND;
const toPlace = (cell: number): number => (cell - BEYOND) / CELLS;

/** The four cells around a place whose middles it lies between, with their weights. */
function around(x: number, y: number): readonly (readonly [cell: number, weight: number])[] {
  const clamped = (place: number) => Math.min(SIDE - 1.001, Math.max(0, toCell(place) - 0.5));
  const [left, top] = [clamped(x), clamped(y)];
  const [column, row] = [Math.floor(left), Math.floor(top)];
  const [right, below] = [left - column, top - row];
  const cell = row * SIDE + column;
  return [
    [cell, (1 - right) * (1 - below)],
    [cell + 1, right * (1 - below)],
    [cell + SIDE, (1 - right) * below],
    [cell + SIDE + 1, right * below],
  ];
}

function binned(positions: Float32Array): Float64Array {
  const grid = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < positions.length; i += 2) {
    for (const [cell, weight] of around(positions[i] as number, positions[i + 1] as number)) {
      grid[cell] = (grid[cell] as number) + weight;
    }
  }
  return grid;
}

function valueAt(grid: Float64Array, x: number, y: number): number {
  return around(x, y).reduce((sum, [cell, weight]) => sum + weight * (grid[cell] as number), 0);
}

/** The standard deviation along an axis, both axes taken together. */
function spreadOf(positions: Float32Array): number {
  const count = positions.length / 2;
  let variance = 0;
  for (const axis of [0, 1]) {
    let [sum, squares] = [0, 0];
    for (let i = axis; i < positions.length; i += 2) {
      sum += positions[i] as number;
      squares += (positions[i] as number) ** 2;
    }
    variance += Math.max(0, squares / count - (sum / count) ** 2) / 2;
  }
  return Math.sqrt(variance);
}
