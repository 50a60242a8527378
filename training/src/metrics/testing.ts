import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type ModelCard, validateCard } from '@latentkit/core';
import { attr, GraphBuilder, writeModel } from '@latentkit/onnx';
import type { Dataset, Split } from '../data/dataset.ts';
import { temporaryFolder } from '../testing.ts';
import { reshape, rowSum, scalar } from './graph-nodes.ts';

/** Model folders whose graphs are written by hand, for tests that know what a figure must be. */

type Graphs = Readonly<Record<string, GraphBuilder>>;
type CardParts = Pick<ModelCard, 'family' | 'item' | 'latent' | 'likelihood'> &
  Partial<Pick<ModelCard, 'condition'>>;

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
  const card = validateCard({
    format: 1,
    name: 'by-hand',
    preprocessing: { scale: 1 / 255, offset: 0 },
    ...parts,
    graphs: cards,
    metrics: [],
    provenance: {
      dataset: 'none',
      seed: 0,
      epochs: 0,
      objective: 'none',
      engine: 'none',
      tools: {},
    },
    tolerance: { cpu: 1e-4 },
  });
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
  readonly likelihood: ModelCard['likelihood'];
  /** Labels of a conditional model, which join z. */
  readonly labels?: readonly string[];
  /** Say the same posterior as a flow: a draw inside the encoder. */
  readonly asFlow?: boolean;
}

/** A model of linear maps alone; its ln p(x) has a closed form where the likelihood is Gaussian. */
export function linearModel(model: LinearModel): string {
  const { itemSize, latentSize, likelihood, labels, asFlow = false } = model;
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
  if (likelihood.kind === 'gaussian') {
    decoder.output(parameter, 'float32', item, 'mean');
  } else {
    decoder.output(parameter, 'float32', item, 'logits');
    decoder.output(decoder.node('Sigmoid', [parameter]), 'float32', item, 'mean');
  }
  return writeModelFolder(
    {
      family: asFlow ? 'flow' : labels ? 'cvae' : 'vae',
      item: {
        shape: [itemSize],
        layout: 'flat',
        range: likelihood.kind === 'gaussian' ? [-100, 100] : [0, 1],
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
    valueRange: [0, 1],
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
