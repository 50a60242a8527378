import {
  centre,
  gridOf,
  mixtureFromCard,
  priorOf,
  sampleMixture,
  samplePrior,
} from '@latentkit/web/wasm';
import type { Points } from '../data/load-points.ts';
import type { Layout } from '../map/layout.ts';
import type { Neighbourhood } from '../map/surroundings.ts';
import { SAMPLES, type Spot, type State } from '../state.ts';
import { rangeOfLevel } from './levels.ts';
import type { Model } from './load-model.ts';
import { nearestLatents } from './nearest-latents.ts';

/** Points whose places give that of a latent. */
const PLACED_BY = 5;

/** Latents of spots, and what the model makes of latents. */
export class Workbench {
  readonly model: Model;
  readonly points: Points;
  /** The mean of all embeddings. */
  readonly middle: Float32Array;
  readonly #directions: ReadonlyMap<string, readonly number[]>;

  constructor(model: Model, points: Points) {
    this.model = model;
    this.points = points;
    this.middle = Float32Array.from(points.info.dimensions, ({ mean }) => mean);
    this.#directions = new Map(points.info.directions.map(({ name, vector }) => [name, vector]));
  }

  /** The latent of a point: a view, not to be changed. */
  vector(index: number): Float32Array {
    const { size, vectors } = this.points;
    return vectors.subarray(index * size, (index + 1) * size);
  }

  /** The latent of a spot before its edits. */
  latentOf(
    spot: Spot,
    { layout, base }: Pick<State, 'layout' | 'base'>,
    map: { readonly layout: Layout; readonly around: Neighbourhood },
  ): Float32Array {
    const { size } = this.points;
    switch (spot.kind) {
      case 'item':
        return this.vector(spot.index).slice();
      case 'sample':
        return this.samples(spot, base).slice(spot.at * size, (spot.at + 1) * size);
      case 'place': {
        if (layout.kind === 'dimensions') {
          // The axes are dimensions themselves: the place says them, and the base all others.
          const z = (base === undefined ? this.middle : this.vector(base)).slice();
          const values = map.layout.toValues(spot.x, spot.y);
          for (const [a, axis] of layout.axes.entries()) z[axis] = values[a] as number;
          return z;
        }
        const { indices, weights } = map.around.at(spot.x, spot.y);
        return this.mean(indices, weights);
      }
      default:
        return spot.z.slice();
    }
  }

  /**
   * The latents of a sheet of samples, [SAMPLES × size].
   *
   * @param base the point that gives all levels but the one that is drawn, if one alone is; the mean of all without one
   */
  samples(
    { sampler, seed, temperature, level }: State['sampling'],
    base: number | undefined,
  ): Float32Array {
    const { card } = this.model;
    const options = { seed, temperature };
    const { size } = this.points;
    const fitted = card.latentSpace?.mixture;
    const mixture = sampler === 'mixture' && fitted ? mixtureFromCard(fitted, size) : priorOf(card);
    const drawn = mixture
      ? sampleMixture(mixture, SAMPLES, options).data
      : samplePrior(SAMPLES, size, options).data;
    if (level === undefined) return drawn;
    const kept = base === undefined ? this.middle : this.vector(base);
    const { from, to } = rangeOfLevel(card, level);
    return drawn.map((value, i) =>
      i % size >= from && i % size < to ? value : (kept[i % size] as number),
    );
  }

  /** The weighted mean of points; the plain one without weights. */
  mean(indices: readonly number[], weights?: readonly number[]): Float32Array {
    const { size, vectors } = this.points;
    const out = new Float32Array(size);
    for (const [j, index] of indices.entries()) {
      const weight = weights ? (weights[j] as number) : 1 / indices.length;
      for (let i = 0; i < size; i++) {
        out[i] = (out[i] as number) + weight * (vectors[index * size + i] as number);
      }
    }
    return out;
  }

  /** Adds edits to a latent, in place. */
  edit(z: Float32Array, { edits, codes }: Pick<State, 'edits' | 'codes'>): Float32Array {
    for (const [name, amount] of Object.entries(edits)) {
      const vector = this.#directions.get(name);
      const [, dimension] = /^z(\d+)$/.exec(name) ?? [];
      if (vector) {
        for (let i = 0; i < z.length; i++) {
          z[i] = (z[i] as number) + amount * (vector[i] as number);
        }
      } else if (dimension !== undefined && Number(dimension) < z.length) {
        z[Number(dimension)] = (z[Number(dimension)] as number) + amount;
      }
    }
    const { card, entries } = this.model;
    const dim = gridOf(card)?.dim ?? 0;
    for (const [cell, code] of Object.entries(codes)) {
      if (entries) z.set(entries.subarray(code * dim, (code + 1) * dim), Number(cell) * dim);
    }
    return z;
  }

  /**
   * Decodes latents, one after the other.
   *
   * @param labels for a conditional model, one for each or one for all
   * @returns the means, one item after the other
   */
  async decode(z: Float32Array, labels?: string | readonly string[]): Promise<Float32Array> {
    const { decoder, card } = this.model;
    const codes = await decoder.codebook?.nearest(z);
    const condition = card.condition ? (labels ?? card.condition.labels[0]) : undefined;
    const { mean } = await decoder.decode(codes ?? z, { condition });
    return mean.data;
  }

  /** The label that a conditional model is asked for at a spot. */
  labelOf(spot: Spot, label: string | undefined): string | undefined {
    const known = this.model.card.condition?.labels;
    if (!known) return undefined;
    if (label !== undefined && known.includes(label)) return label;
    const { labels, info } = this.points;
    const own = spot.kind === 'item' && labels ? info.labels[labels[spot.index] as number] : '';
    return own && known.includes(own) ? own : known[0];
  }

  /** The place of a latent on the map: the weighted mean of its nearest points. */
  placeOf(
    z: Float32Array,
    { layout, map }: { readonly layout: State['layout']; readonly map: Layout },
  ): readonly [number, number] {
    if (layout.kind === 'dimensions') {
      const [a, b] = layout.axes;
      return map.toPlace(z[a] as number, z[b] as number);
    }
    const near = nearestLatents(this.points, z, PLACED_BY);
    let [x, y, total] = [0, 0, 0];
    for (const { index, distance } of near) {
      const weight = 1 / Math.max(distance, 1e-6);
      x += weight * (map.positions[2 * index] as number);
      y += weight * (map.positions[2 * index + 1] as number);
      total += weight;
    }
    return [x / total, y / total];
  }

  /** The embedding of somebody's own picture, and its score in nats. */
  async look(file: File, label: string | undefined) {
    const { card } = this.model;
    const condition = card.condition ? (label ?? card.condition.labels[0]) : undefined;
    const whole = await this.model.whole();
    const latent = await whole.encoder.encode(file, { condition });
    const { elbo } = await whole.score(file, { condition, seed: 0 });
    return { z: centre(latent).data.slice(), score: elbo[0] as number };
  }
}
