import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Autoencoder, createRandom, validateCard, type WholeCard } from '@latentkit/core';
import { fakeCard } from '@latentkit/core/testing';
import type { Dataset, Split } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { attr, GraphBuilder, writeModel } from '@latentkit/onnx';
import { temporaryFolder } from '../testing.ts';
import { reshape, rowSum, scalar } from './likelihood/graph-nodes.ts';

/** Model folders whose graphs are written by hand, for tests that know what a figure must be. */

type Graphs = Readonly<Record<string, GraphBuilder>>;
type CardParts = Pick<WholeCard, 'family' | 'item' | 'latent' | 'likelihood'> &
  Partial<Pick<WholeCard, 'condition'>>;

/** Writes graphs and a card around them; resolves to the folder. */
export function writeModelFolder(parts: CardParts, graphs: Graphs): string {
  const folder = temporaryFolder();
  const cards: Record<string, unknown> = {};
  for (const [name, builder] of Object.entries(graphs)) {
    const bytes = writeModel(builder.build());
    const file = `${name}.onnx`;
    writeFileSync(join(folder, file), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const infos = (values: typeof builder.graph.inputs) =>
      values.map((value) => {
        if (value.type.kind !== 'tensor') throw new Error(`${value.name} is no tensor`);
        return { name: value.name, dtype: value.type.dtype, shape: value.type.shape };
      });
    cards[name] = {
      inputs: infos(builder.graph.inputs),
      outputs: infos(builder.graph.outputs),
      files: { fp32: { file, bytes: bytes.length, sha256 } },
    };
  }
  const card = validateCard({ ...fakeCard(), name: 'by-hand', ...parts, graphs: cards });
  writeFileSync(join(folder, 'model.json'), JSON.stringify(card));
  return folder;
}

/** An affine map, [rows × columns] and [columns]. */
export interface Affine {
  readonly weights: readonly number[];
  readonly bias: readonly number[];
}

function gemm(g: GraphBuilder, x: string, { weights, bias }: Affine): string {
  const columns = bias.length;
  const w = g.initializer('w', Float32Array.from(weights), [weights.length / columns, columns]);
  return g.node('Gemm', [x, w, g.initializer('b', Float32Array.from(bias), [columns])]);
}

export interface LinearModel {
  readonly itemSize: number;
  readonly latentSize: number;
  /** x → posterior mean */
  readonly mean: Affine;
  /** ln σ² of the posterior, the same for every item, [latentSize] */
  readonly logVar: readonly number[];
  /** z (and y) → mean or logits of x */
  readonly decoder: Affine;
  readonly likelihood: WholeCard['likelihood'];
  /** Labels of a conditional model, which join z. */
  readonly labels?: readonly string[];
  /** Say the same posterior as a flow: a draw inside the encoder. */
  readonly asFlow?: boolean;
  /** Items are grey images of 28 × 28. */
  readonly image?: boolean;
}

/** A model of linear maps alone; its ln p(x) has a closed form where the likelihood is Gaussian. */
export function linearModel(model: LinearModel): string {
  const { itemSize, latentSize, likelihood, labels, asFlow = false, image = false } = model;
  const encoder = new GraphBuilder('encoder');
  const x = encoder.input('x', 'float32', ['batch', itemSize]);
  const mean = gemm(encoder, x, model.mean);
  const logVar = gemm(encoder, x, {
    weights: new Array(itemSize * latentSize).fill(0),
    bias: model.logVar,
  });
  const row = ['batch', latentSize];
  if (asFlow) addDraw(encoder, mean, logVar, latentSize);
  encoder.output(mean, 'float32', row, 'mean');
  encoder.output(logVar, 'float32', row, 'log_var');

  const decoder = new GraphBuilder('decoder');
  const z = decoder.input('z', 'float32', row);
  const y = labels && decoder.input('y', 'float32', ['batch', labels.length]);
  const joined = y ? decoder.node('Concat', [z, y], { axis: attr.int(1) }) : z;
  const parameter = gemm(decoder, joined, model.decoder);
  const item = ['batch', itemSize];
  const spread = !likelihood.kind.endsWith('bernoulli');
  if (spread) {
    decoder.output(parameter, 'float32', item, 'mean');
  } else {
    decoder.output(parameter, 'float32', item, 'logits');
    decoder.output(decoder.node('Sigmoid', [parameter]), 'float32', item, 'mean');
  }
  return writeModelFolder(
    {
      family: asFlow ? 'flow' : labels ? 'cvae' : 'vae',
      item: {
        shape: image ? [28, 28, 1] : [itemSize],
        layout: image ? 'HWC' : 'flat',
        range: spread ? [-100, 100] : [0, 1],
      },
      latent: asFlow
        ? { kind: 'flow', size: latentSize, flow: 'planar', steps: 1 }
        : { kind: 'gaussian', size: latentSize },
      likelihood,
      ...(labels ? { condition: { labels: [...labels] } } : {}),
    },
    { encoder, decoder },
  );
}

/** z = mean + exp(ln σ² / 2) ε and ln q(z|x) = ln N(ε; 0, I) − ½ Σ ln σ² */
function addDraw(g: GraphBuilder, mean: string, logVar: string, size: number): void {
  const eps = g.input('eps', 'float32', ['batch', size]);
  const half = (value: string) => g.node('Mul', [value, scalar(g, 'half', 0.5)]);
  const deviation = g.node('Exp', [half(logVar)]);
  const z = g.node('Add', [mean, g.node('Mul', [deviation, eps])]);
  const sums = g.node('Add', [rowSum(g, g.node('Mul', [eps, eps])), rowSum(g, logVar)]);
  const constant = scalar(g, 'log_normaliser', 0.5 * size * Math.log(2 * Math.PI));
  const logQ = g.node('Neg', [g.node('Add', [half(sums), constant])]);
  g.output(z, 'float32', ['batch', size], 'z');
  g.output(reshape(g, logQ, [-1]), 'float32', ['batch'], 'log_q');
}

/** A data set of the items given, all of them test items; item shape [1, itemSize, 1]. */
export function datasetOf(
  images: Float32Array,
  itemSize: number,
  extra: Partial<Split> = {},
): Dataset {
  const count = images.length / itemSize;
  const split: Split = { images, labels: new Uint8Array(count), count, ...extra };
  return {
    name: 'by hand',
    itemShape: [1, itemSize, 1],
    valueRange: [Math.min(0, ...images), Math.max(1, ...images)],
    labelNames: ['a', 'b'],
    train: split,
    test: split,
    description: 'Items of a test.',
    provenance: 'made in a test',
  };
}

/** `count` rows from N(0, scale² I). */
export function normalRows(count: number, size: number, seed: number, scale = 1): Float32Array {
  return createRandom(seed, 'test rows').fillNormal(new Float32Array(count * size), scale);
}

/**
 * A ladder of two levels of one dimension: z = x + ½ ε, with KLs of 2 and x₂² nats; the decoder hands
 * z on as the mean of a Gaussian with σ = 1.
 */
export function ladderModel(): string {
  const encoder = new GraphBuilder('encoder');
  const x = encoder.input('x', 'float32', ['batch', 2]);
  const eps = encoder.input('eps', 'float32', ['batch', 2]);
  const noise = encoder.node('Mul', [eps, scalar(encoder, 'half', 0.5)]);
  encoder.output(encoder.node('Add', [x, noise]), 'float32', ['batch', 2], 'z');
  const square = encoder.node('Mul', [x, x]);
  const mask = encoder.initializer('mask', Float32Array.of(0, 1), [2]);
  const two = encoder.initializer('two', Float32Array.of(2, 0), [2]);
  const kl = encoder.node('Add', [encoder.node('Mul', [square, mask]), two]);
  encoder.output(kl, 'float32', ['batch', 2], 'kl');
  const decoder = new GraphBuilder('decoder');
  const z = decoder.input('z', 'float32', ['batch', 2]);
  decoder.output(decoder.node('Identity', [z]), 'float32', ['batch', 2], 'mean');
  return writeModelFolder(
    {
      family: 'hierarchical',
      item: { shape: [2], layout: 'flat', range: [-100, 100] },
      latent: { kind: 'ladder', size: 2, levels: [1, 1] },
      likelihood: { kind: 'gaussian', sigma: 1 },
    },
    { encoder, decoder },
  );
}

/**
 * A grid of 2 × 2 codes out of `codes`: the code of a cell is its pixel, which the decoder gives back
 * as the mean of a Gaussian with σ = 1. The prior holds all codes equally likely.
 */
export function codesModel(codes: number, { prior: withPrior = true } = {}): string {
  const grid = ['batch', 2, 2];
  const cast = (g: GraphBuilder, value: string, to: 'float32' | 'int32') =>
    g.node('Cast', [value], { to: attr.int(to === 'float32' ? 1 : 6) });
  const encoder = new GraphBuilder('encoder');
  const x = encoder.input('x', 'float32', ['batch', 4]);
  const cells = reshape(encoder, x, [-1, 2, 2]);
  encoder.output(cast(encoder, cells, 'int32'), 'int32', grid, 'indices');
  encoder.output(reshape(encoder, x, [-1, 2, 2, 1]), 'float32', [...grid, 1], 'z_e');
  const codebook = new GraphBuilder('codebook');
  const indices = codebook.input('indices', 'int32', grid);
  const vectors = reshape(codebook, cast(codebook, indices, 'float32'), [-1, 2, 2, 1]);
  codebook.output(vectors, 'float32', [...grid, 1], 'z_q');
  const decoder = new GraphBuilder('decoder');
  const zQ = decoder.input('z_q', 'float32', [...grid, 1]);
  decoder.output(reshape(decoder, zQ, [-1, 4]), 'float32', ['batch', 4], 'mean');
  const prior = new GraphBuilder('prior');
  const given = cast(prior, prior.input('indices', 'int32', grid), 'float32');
  const zeros = prior.initializer('zeros', new Float32Array(codes), [codes]);
  const logits = prior.node('Mul', [reshape(prior, given, [-1, 2, 2, 1]), zeros]);
  prior.output(logits, 'float32', [...grid, codes], 'logits');
  return writeModelFolder(
    {
      family: 'vq-vae',
      item: { shape: [4], layout: 'flat', range: [0, codes - 1] },
      latent: { kind: 'codes', size: 4, grid: [2, 2], codes, dim: 1 },
      likelihood: { kind: 'gaussian', sigma: 1 },
    },
    { encoder, codebook, decoder, ...(withPrior ? { prior } : {}) },
  );
}

/** A deterministic autoencoder that hands items on as they are. */
export function pointModel(itemSize: number): string {
  const copy = (name: string, from: string, to: string) => {
    const g = new GraphBuilder(name);
    const input = g.input(from, 'float32', ['batch', itemSize]);
    g.output(g.node('Identity', [input]), 'float32', ['batch', itemSize], to);
    return g;
  };
  return writeModelFolder(
    {
      family: 'ae',
      item: { shape: [itemSize], layout: 'flat', range: [-100, 100] },
      latent: { kind: 'point', size: itemSize },
      likelihood: { kind: 'gaussian', sigma: 1 },
    },
    { encoder: copy('encoder', 'x', 'z'), decoder: copy('decoder', 'z', 'mean') },
  );
}

/** Loads a model, lets `use` work with it, and disposes of it. */
export async function withModel<T>(
  folder: string,
  use: (model: Autoencoder) => Promise<T>,
): Promise<T> {
  const model = await loadAutoencoder(folder, { device: 'cpu' });
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}
