import { createRandom, gridOf, type ModelCard, sizeOf, type Tensor, tensor } from '@latentkit/core';
import { definitionOf } from '@latentkit/core/runtime';
import { asRows, type Runs, rowsOf } from './open-runs.ts';

/** What is drawn from: the graphs, and what a row of their inputs is. */
export interface Drawing {
  readonly encoder: Runs;
  readonly decoder: Runs;
  readonly codebook?: Runs | undefined;
  readonly latent: ModelCard['latent'];
  readonly range: ModelCard['item']['range'];
  readonly xRow: readonly number[];
  readonly zRow: readonly number[];
}

/** Rows that go through a graph at once: of large pictures a graph needs much memory in between. */
const BATCH = 8;

/** How often draws of a point latent go to items and back. */
const PASSES = 2;

/** Draws of the latent: the indices of codes, or vectors. */
export function drawLatents({ latent, zRow }: Drawing, count: number): Tensor {
  const random = createRandom(0, 'adopt golden');
  const grid = gridOf({ latent });
  if (grid) {
    const data = Int32Array.from({ length: count * sizeOf(grid.grid) }, () =>
      random.integer(grid.codes),
    );
    return { data, dims: [count, ...grid.grid], dtype: 'int32' };
  }
  return tensor(random.fillNormal(new Float32Array(count * latent.size)), [count, ...zRow]);
}

/**
 * Latents where the model works. N(0, 1) is what a posterior was trained towards. A point latent has no prior: its
 * draws get the mean and the deviation that embeddings have once draws went to items and back a few times, by which
 * they come to rest near what the model knows.
 * One deviation for all dimensions: were each given its own, a decoder of another training would find itself in what
 * the encoder made, and seem to belong to it.
 */
export async function placeLatents(drawing: Drawing, draws: Tensor): Promise<Tensor> {
  const { latent, range, xRow, zRow } = drawing;
  const { prior, centreOutput } = definitionOf(latent);
  if (prior !== 'none') return draws;
  let z = draws as Tensor<'float32'>;
  for (let pass = 0; pass < PASSES; pass++) {
    const items = (await decodeDraws(drawing, z)).map((value) => clamp(value, range));
    const embedded = await inBatches(asRows(items, xRow), async (x) => {
      return (await drawing.encoder.run({ x })).outputs[centreOutput]?.data as Float32Array;
    });
    z = asRows(embedded, zRow);
  }
  return spread(draws as Tensor<'float32'>, z.data, latent.size);
}

/** Standard normal draws with the mean of each dimension of `like`, and the deviation of all. */
function spread(draws: Tensor<'float32'>, like: Float32Array, size: number): Tensor<'float32'> {
  const rows = like.length / size;
  const mean = new Float64Array(size);
  for (const [i, value] of like.entries()) {
    mean[i % size] = (mean[i % size] as number) + value / rows;
  }
  const square = like.reduce((sum, value, i) => sum + (value - (mean[i % size] as number)) ** 2, 0);
  const deviation = Math.sqrt(square / like.length);
  // What runs away or falls together says nothing of where embeddings are.
  if (!(Number.isFinite(deviation) && deviation > 0)) return draws;
  const placed = draws.data.map((value, i) => (mean[i % size] as number) + deviation * value);
  return tensor(placed, [...draws.dims]);
}

/** What is decoded of draws of the latent, all items one after another. */
export function decodeDraws(drawing: Drawing, latents: Tensor): Promise<Float32Array> {
  return inBatches(latents, async (rows) => {
    const z = await decoderInput(drawing, rows);
    const { outputs } = await drawing.decoder.run({
      [definitionOf(drawing.latent).decoderInput]: z,
    });
    return outputs['mean']?.data as Float32Array;
  });
}

/** What the decoder takes of draws: of indices, the entries that they name. */
async function decoderInput({ codebook, zRow }: Drawing, latents: Tensor): Promise<Tensor> {
  if (!codebook) return latents;
  const { outputs } = await codebook.run({ indices: latents });
  return { ...outputs['z_q'], dims: [latents.dims[0] ?? 0, ...zRow] } as Tensor;
}

export function clamp(value: number, [low, high]: ModelCard['item']['range']): number {
  return Math.min(high, Math.max(low, value));
}

async function inBatches<T extends Tensor>(
  all: T,
  make: (rows: T) => Promise<Float32Array>,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const count = all.dims[0] ?? 0;
  for (let from = 0; from < count; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => from + i);
    parts.push(await make(rowsOf(all, rows)));
  }
  const made = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
