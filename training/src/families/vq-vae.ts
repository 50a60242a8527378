import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { PriorPosition } from '../settings/choices.ts';
import { stopGradient } from './bounds.ts';
import { buildCodePrior, codeCrossEntropy } from './code-prior.ts';
import { tendCodebook } from './codebook-upkeep.ts';
import type { FamilyModel, GraphInput } from './family.ts';
import type { Likelihood } from './likelihood.ts';
import { downsample, upsample } from './networks/grids.ts';
import { coarsestGrid } from './networks/halving.ts';
import { apply, convolution } from './networks/layers.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { itemImage, itemInput } from './networks/networks.ts';
import { quantise, straightThrough, updateCodebook } from './quantise.ts';
import { buffersOf, weightsOf, zeroVariable } from './variables.ts';

export interface VqVaeConfig extends NetworkConfig {
  /** Entries of the codebook. */
  readonly codes: number;
  /** Dimensions of an entry. */
  readonly codeSize: number;
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
  /** Weight of the term that holds the encoder to its entries (the paper's β). */
  readonly commitment: number;
  /** Decay of the codebook's moving averages. */
  readonly decay: number;
  /** Channels and residual layers of the prior over codes, and whether it knows where on the grid a cell lies. */
  readonly priorChannels: number;
  readonly priorDepth: number;
  readonly priorPosition: PriorPosition;
}

const SMOOTHING = 1e-5;
/** Numbers of one tensor in a test, which holds tens of them: a cell of a grid has one for each code. */
const TEST_ELEMENTS = 2 ** 23;

/**
 * A vector-quantised autoencoder (van den Oord et al. 2017): the latent of an item is a grid of
 * entries of a codebook. The codebook follows moving averages of the vectors that choose it; a small
 * PixelCNN learns the prior over grids at the same time, from the codes alone, so that neither
 * disturbs the other. Its cross-entropy is the rate: what stands for the KL.
 */
export function buildVqVae(config: VqVaeConfig): FamilyModel {
  const { itemShape, codes, codeSize, likelihood, valueRange } = config;
  const itemSize = sizeOf(itemShape);
  const [height, width] = coarsestGrid(config);
  const grid = [height, width] as const;
  const encoder = codeEncoder(config);
  const decoder = codeDecoder(config);
  const prior = buildCodePrior({
    codes,
    channels: config.priorChannels,
    depth: config.priorDepth,
    cells: config.priorPosition === 'learned' ? grid : undefined,
  });
  const buffer = (name: string, ...shape: number[]) => ({
    name: `codebook/${name}`,
    variable: zeroVariable(shape, false),
  });
  const codebook = buffer('entries', codes, codeSize);
  const counts = buffer('counts', codes);
  const sums = buffer('sums', codes, codeSize);
  const entries = codebook.variable as tf.Tensor as tf.Tensor2D;

  const encode = (x: tf.Tensor) => {
    const zE = encoder.apply(x) as tf.Tensor4D;
    const vectors: tf.Tensor2D = tf.reshape(zE, [-1, codeSize]);
    const { indices, oneHot, vectors: chosen } = quantise(vectors, entries);
    return { zE, vectors, indices, oneHot, chosen };
  };
  const asGrid = (rows: tf.Tensor, depth: number): tf.Tensor4D =>
    tf.reshape(rows, [-1, height, width, depth]);

  const inputs: Record<'x' | 'indices' | 'zQ', GraphInput> = {
    x: { name: 'x', dtype: 'float32', shape: [itemSize], range: valueRange },
    indices: { name: 'indices', dtype: 'int32', shape: [...grid], range: [0, codes - 1] },
    zQ: { name: 'z_q', dtype: 'float32', shape: [...grid, codeSize], range: [-1, 1] },
  };
  return {
    itemSize,
    labels: 0,
    noiseSize: 0,
    testTogether: Math.ceil(TEST_ELEMENTS / (height * width * codes)),
    weights: [...weightsOf([encoder, decoder]), ...prior.weights, ...likelihood.weights],
    buffers: [...buffersOf([encoder]), codebook, counts, sums],
    upkeep: {
      items: UPKEEP_ITEMS,
      async run(items, random, moment) {
        const vectors = tf.tidy(() => encode(items).vectors);
        const data = await vectors.data<'float32'>();
        vectors.dispose();
        await tendCodebook({ codebook, counts, sums }, data, random, moment);
      },
    },
    terms({ items }) {
      const { vectors, oneHot, chosen } = encode(items);
      const n = items.shape[0];
      const parameter = decoder.apply(
        asGrid(straightThrough(vectors, chosen), codeSize),
      ) as tf.Tensor2D;
      const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
      const distance = tf.div(tf.sum(tf.squaredDifference(vectors, stopGradient(chosen))), n);
      const hot = asGrid(oneHot, codes);
      const kl = tf.mean<tf.Scalar>(codeCrossEntropy(prior.logits(hot), hot));
      const next = updateCodebook(
        {
          counts: counts.variable as tf.Tensor as tf.Tensor1D,
          sums: sums.variable as tf.Tensor as tf.Tensor2D,
        },
        vectors,
        oneHot,
        { decay: config.decay, smoothing: SMOOTHING },
      );
      return {
        loss: tf.add(tf.add(reconstruction, tf.mul(distance, config.commitment)), kl) as tf.Scalar,
        reconstruction,
        kl,
        updates: {
          [codebook.name]: next.codebook,
          [counts.name]: next.counts,
          [sums.name]: next.sums,
        },
      };
    },
    likelihood,
    card: {
      family: 'vq-vae',
      latent: {
        kind: 'codes',
        size: height * width * codeSize,
        grid: [height, width],
        codes,
        dim: codeSize,
      },
    },
    graphs: [
      {
        name: 'encoder',
        inputs: [inputs.x],
        run(x) {
          const { zE, indices } = encode(x as tf.Tensor);
          return { indices: tf.reshape(indices, [-1, height, width]), z_e: zE };
        },
      },
      {
        name: 'codebook',
        inputs: [inputs.indices],
        run: (indices) => ({ z_q: tf.gather(entries, indices as tf.Tensor) }),
      },
      {
        name: 'decoder',
        inputs: [inputs.zQ],
        run: (zQ) => likelihood.outputs(decoder.apply(zQ as tf.Tensor) as tf.Tensor2D),
      },
      {
        name: 'prior',
        inputs: [inputs.indices],
        run: (indices) => ({
          logits: prior.logits(
            tf.oneHot(indices as tf.Tensor, codes, 1, 0, 'float32') as tf.Tensor4D,
          ),
        }),
      },
    ],
    dispose() {
      likelihood.dispose();
      encoder.dispose();
      decoder.dispose();
      prior.dispose();
      for (const { variable } of [codebook, counts, sums]) variable.dispose();
    },
  };
}

/** Items whose vectors the codebook is started from, and dead entries restarted at. */
const UPKEEP_ITEMS = 256;

/** x [n, itemSize] → z_e [n, height, width, codeSize] */
function codeEncoder(config: VqVaeConfig): layers.LayersModel {
  const [x, items] = itemInput(config);
  const grid = downsample(config, itemImage(config, items));
  const zE = convolution({ name: 'z_e', filters: config.codeSize, kernelSize: 1 }, grid);
  return layers.model({ name: 'encoder', inputs: x, outputs: zE });
}

/** z_q [n, height, width, codeSize] → the likelihood's parameter [n, itemSize] */
function codeDecoder(config: VqVaeConfig): layers.LayersModel {
  const { codeSize, architecture, activation } = config;
  const [height, width, filters] = coarsestGrid(config);
  const zQ = layers.input({ shape: [height, width, codeSize], name: 'z_q' });
  const wide = convolution(
    {
      name: 'widen',
      filters,
      kernelSize: 3,
      activation: architecture === 'conv' ? activation : undefined,
    },
    zQ,
  );
  const output = apply(layers.layers.flatten(), upsample(config, wide));
  return layers.model({ name: 'decoder', inputs: zQ, outputs: output });
}
