import type { ModelCard } from '../card/card.ts';
import type { CodeGrid } from '../latents/codebook.ts';
import type { GraphName } from '../latents/definition.ts';
import { normalLogDensities } from '../latents/densities.ts';
import { definitionOf } from '../latents/look-up.ts';
import type { NamedTensors } from '../run/runner.ts';
import { sizeOf, type Tensor, tensor } from '../tensor.ts';

/** One output for a batch of `count` items. */
type Formula = (feeds: NamedTensors, count: number) => Float32Array | Int32Array;

/** As close to 0 and 1 as probabilities come here, so that their logits are finite. */
const MARGIN = 1e-6;

/** What a graph of a fake model computes (see {@link fakeAutoencoder}). */
export function fakeGraph(card: ModelCard, name: GraphName): (feeds: NamedTensors) => NamedTensors {
  const outputs = card.graphs[name]?.outputs ?? [];
  const formulas = formulasOf(card)[name];
  return (feeds) => {
    const count = Object.values(feeds)[0]?.dims[0] ?? 0;
    return Object.fromEntries(
      outputs.map(({ name, dtype, shape }) => {
        const data = (formulas[name] as Formula)(feeds, count);
        const dims = [count, ...(shape.slice(1) as number[])];
        return [name, { data, dims, dtype } as Tensor];
      }),
    );
  };
}

/** The formulas of all outputs that a graph may have, whatever the kind of the latent. */
function formulasOf(card: ModelCard): Record<GraphName, Record<string, Formula>> {
  const { latent } = card;
  const { size } = latent;
  const item = sizeOf(card.item.shape);
  const { decoderInput, grid, levels: levelsOf, takesNoise } = definitionOf(latent);
  const codes = grid?.(latent);
  const levels = levelsOf?.(latent) ?? [];
  const mean = (feeds: NamedTensors) => stretchMeans(floats(feeds, 'x'), item, size);
  const z = (feeds: NamedTensors) => {
    const means = mean(feeds);
    const eps = takesNoise ? floats(feeds, 'eps') : undefined;
    return eps ? means.map((value, i) => value + (eps[i] as number)) : means;
  };
  const decoded = (feeds: NamedTensors) =>
    spread(floats(feeds, decoderInput), size, item).map((value) => clamp(value, 0));
  return {
    encoder: {
      mean,
      log_var: (_, count) => new Float32Array(count * size),
      z,
      z_e: mean,
      log_q: (feeds, count) =>
        Float32Array.from(normalLogDensities(tensor(floats(feeds, 'eps'), [count, size]))),
      kl: (feeds) => levelKls(mean(feeds), levels),
      indices: (feeds) => (codes ? nearest(mean(feeds), codes) : new Int32Array()),
    },
    decoder: {
      mean: decoded,
      logits: (feeds) =>
        decoded(feeds).map((value) => {
          const p = clamp(value, MARGIN);
          return Math.log(p / (1 - p));
        }),
    },
    codebook: { z_q: (feeds) => (codes ? entries(indicesOf(feeds), codes) : new Float32Array()) },
    prior: {
      logits: (feeds) => new Float32Array(indicesOf(feeds).length * (codes?.codes ?? 0)),
    },
  };
}

const floats = (feeds: NamedTensors, name: string) => feeds[name]?.data as Float32Array;
const indicesOf = (feeds: NamedTensors) => feeds['indices']?.data as Int32Array;
const clamp = (value: number, margin: number) => Math.min(Math.max(value, margin), 1 - margin);

/** The mean of each of `size` stretches of about the same length, of items of `item` elements. */
function stretchMeans(x: Float32Array, item: number, size: number): Float32Array {
  return Float32Array.from({ length: (x.length / item) * size }, (_, at) => {
    const first = Math.floor(at / size) * item;
    const from = Math.floor(((at % size) * item) / size);
    const to = Math.max(Math.floor((((at % size) + 1) * item) / size), from + 1);
    const stretch = x.subarray(first + from, first + to);
    return stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
  });
}

/** Each element of an item is the latent's value for its stretch. */
function spread(z: Float32Array, size: number, item: number): Float32Array {
  return Float32Array.from({ length: (z.length / size) * item }, (_, at) => {
    const row = Math.floor(at / item) * size;
    return z[row + Math.floor(((at % item) * size) / item)] as number;
  });
}

/** KL of N(mean, I) from N(0, I), level by level. */
function levelKls(means: Float32Array, levels: readonly number[]): Float32Array {
  const kls: number[] = [];
  for (let at = 0; at < means.length; ) {
    for (const level of levels) {
      const squares = means.subarray(at, at + level).map((value) => value ** 2 / 2);
      kls.push(squares.reduce((sum, value) => sum + value, 0));
      at += level;
    }
  }
  return Float32Array.from(kls);
}

/** The codes stand for evenly spaced values in [0, 1], the same in all dimensions. */
function nearest(z: Float32Array, { dim, codes }: CodeGrid): Int32Array {
  return Int32Array.from({ length: z.length / dim }, (_, cell) => {
    const vector = z.subarray(cell * dim, (cell + 1) * dim);
    const mean = vector.reduce((sum, value) => sum + value, 0) / dim;
    return Math.min(Math.max(Math.floor(mean * codes), 0), codes - 1);
  });
}

function entries(indices: Int32Array, { dim, codes }: CodeGrid): Float32Array {
  return Float32Array.from(
    { length: indices.length * dim },
    (_, at) => ((indices[Math.floor(at / dim)] as number) + 0.5) / codes,
  );
}
