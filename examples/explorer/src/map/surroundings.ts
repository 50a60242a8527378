import Flatbush from 'flatbush';

/** Points around a place, with weights that sum to 1. */
export interface Surroundings {
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

/** Points that a place is made of. */
const AROUND = 8;

/**
 * Finds what is near on the map, and what a place between the points is made of: their barycentric weights
 * ((R − d) / (R d))², with R the distance of the nearest point that is left out (Franke & Little's modification of
 * Shepard's method; Renka 1988). A point's own place is that point alone, and nothing jumps on the way.
 */
export class Neighbourhood {
  readonly #index: Flatbush;
  readonly #positions: Float32Array;
  readonly #count: number;

  /** @param positions [count × 2] in the unit square */
  constructor(positions: Float32Array) {
    this.#positions = positions;
    this.#count = positions.length / 2;
    this.#index = new Flatbush(this.#count, 16, Float32Array);
    for (let i = 0; i < positions.length; i += 2) {
      this.#index.add(positions[i] as number, positions[i + 1] as number);
    }
    this.#index.finish();
  }

  /** The nearest points, the nearest first. */
  nearest(x: number, y: number, k: number): { index: number; distance: number }[] {
    return this.#index
      .neighbors(x, y, k)
      .map((index) => ({ index, distance: this.#distance(index, x, y) }));
  }

  within(left: number, top: number, right: number, bottom: number): number[] {
    return this.#index.search(left, top, right, bottom);
  }

  at(x: number, y: number): Surroundings {
    const found = this.nearest(x, y, AROUND + 1);
    const rim = found.length > AROUND ? (found.pop()?.distance ?? 0) : Number.POSITIVE_INFINITY;
    const [first] = found;
    if (!first) return { indices: [], weights: [] };
    if (first.distance < 1e-7 || !(rim > first.distance)) {
      return { indices: [first.index], weights: [1] };
    }
    const raw = found.map(({ distance }) =>
      rim === Number.POSITIVE_INFINITY ? 1 / distance ** 2 : ((rim - distance) / distance) ** 2,
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return {
      indices: found.map(({ index }) => index),
      weights: raw.map((weight) => weight / total),
    };
  }

  #distance(index: number, x: number, y: number): number {
    const [px, py] = [this.#positions[2 * index], this.#positions[2 * index + 1]];
    return Math.hypot((px as number) - x, (py as number) - y);
  }
}
