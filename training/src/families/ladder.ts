import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { Activation } from '../settings/choices.ts';
import { type KlTerm, klTerm } from './bounds.ts';
import type { FamilyModel, GraphInput } from './family.ts';
import { gaussianKlByDimension, keepInRange, reparameterise } from './gaussian-posterior.ts';
import type { Likelihood } from './likelihood.ts';
import { dense, join, type Symbolic } from './networks/layers.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { itemFeatures, itemHead, itemInput } from './networks/networks.ts';
import { buffersOf, weightsOf } from './variables.ts';

export interface LadderConfig extends NetworkConfig {
  /** Dimensions of each level, the topmost (most abstract) first; at least 2 levels. */
  readonly levels: readonly number[];
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
  readonly kl: KlTerm;
}

/**
 * A hierarchical model with top-down inference (Sønderby et al. 2016), its posterior relative to its
 * prior (Vahdat & Kautz 2020, §3.2):
 *
 *   p(z) = N(z_L; 0, I) ∏ N(z_l; μ_l(d), σ_l²(d)),   q(z_l | x, z_>l) = N(μ_l + σ_l m_l, (σ_l s_l)²)
 *
 * where d is the deterministic top-down state. In the coordinates e_l = (z_l − μ_l) / σ_l every prior
 * is N(0, I), every KL is that of N(m_l, s_l²) from it, and decoding is a function of e alone: those
 * are the coordinates that the graphs speak.
 */
export function buildLadder(config: LadderConfig): FamilyModel {
  const { levels, likelihood, valueRange, hiddenSizes } = config;
  const itemSize = sizeOf(config.itemShape);
  const size = levels.reduce((sum, level) => sum + level, 0);
  /** Width of the state at a level: the encoder's sizes run from the input inwards, levels from the top. */
  const widthAt = (level: number) =>
    hiddenSizes[Math.max(0, Math.min(hiddenSizes.length, levels.length) - 1 - level)] as number;

  const bottomUp = bottomUpNetwork(config, widthAt);
  const rungs = levels.map((dims, level) => rung(config.activation, level, dims, widthAt));
  const output = outputNetwork(config, widthAt(levels.length - 1));

  /** Goes down the ladder; `choose` gives e_l from the state above and says what it cost. */
  const descend = (
    choose: (level: number, state: tf.Tensor2D | undefined) => tf.Tensor2D,
  ): tf.Tensor2D => {
    let state: tf.Tensor2D | undefined;
    for (const [level, { prior, merge }] of rungs.entries()) {
      const e = choose(level, state);
      if (state === undefined || prior === undefined) {
        state = merge.apply(e) as tf.Tensor2D;
      } else {
        const [mean, logVar] = prior.apply(state) as [tf.Tensor2D, tf.Tensor2D];
        const z = reparameterise({ mean, logVar: keepInRange(logVar) }, e);
        state = merge.apply([state, z]) as tf.Tensor2D;
      }
    }
    return output.apply(state as tf.Tensor2D) as tf.Tensor2D;
  };

  const starts = levels.map((_, level) =>
    levels.slice(0, level).reduce((sum, dims) => sum + dims, 0),
  );
  const part = (rows: tf.Tensor2D, level: number): tf.Tensor2D =>
    tf.slice(rows, [0, starts[level] as number], [-1, levels[level] as number]);

  const infer = (x: tf.Tensor2D, noise: tf.Tensor2D) => {
    const features = [bottomUp.apply(x)].flat() as tf.Tensor2D[];
    const codes: tf.Tensor2D[] = [];
    const kls: tf.Tensor2D[] = [];
    const parameter = descend((level, state) => {
      const feature = features[level] as tf.Tensor2D;
      const { posterior } = rungs[level] as (typeof rungs)[number];
      const [mean, raw] = posterior.apply(state ? [feature, state] : feature) as [
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const logVar = keepInRange(raw);
      const e = reparameterise({ mean, logVar }, part(noise, level));
      codes.push(e);
      kls.push(gaussianKlByDimension({ mean, logVar }));
      return e;
    });
    return { parameter, codes, kls };
  };

  const inputs: Record<'x' | 'eps' | 'z', GraphInput> = {
    x: { name: 'x', dtype: 'float32', shape: [itemSize], range: valueRange },
    eps: { name: 'eps', dtype: 'float32', shape: [size], range: [-3, 3] },
    z: { name: 'z', dtype: 'float32', shape: [size], range: [-3, 3] },
  };
  const networks = [
    bottomUp,
    ...rungs.flatMap(({ posterior, prior, merge }) => [
      posterior,
      ...(prior ? [prior] : []),
      merge,
    ]),
    output,
  ];
  return {
    itemSize,
    labels: 0,
    noiseSize: size,
    weights: [...weightsOf(networks), ...likelihood.weights],
    buffers: buffersOf([bottomUp]),
    terms({ items, noise, beta, capacity }) {
      const { parameter, kls } = infer(items, noise);
      const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
      const byDimension = tf.concat2d(kls, 1);
      const kl = tf.mean<tf.Scalar>(tf.sum(byDimension, 1));
      const term = klTerm(byDimension, config.kl, { beta, capacity });
      return { loss: tf.add(reconstruction, term), reconstruction, kl };
    },
    likelihood,
    card: { family: 'hierarchical', latent: { kind: 'ladder', size, levels: [...levels] } },
    graphs: [
      {
        name: 'encoder',
        inputs: [inputs.x, inputs.eps],
        run(x, eps) {
          const { codes, kls } = infer(x as tf.Tensor2D, eps as tf.Tensor2D);
          const kl = kls.map((byDimension) => tf.sum<tf.Tensor2D>(byDimension, 1, true));
          return { z: tf.concat2d(codes, 1), kl: tf.concat2d(kl, 1) };
        },
      },
      {
        name: 'decoder',
        inputs: [inputs.z],
        run: (z) => likelihood.outputs(descend((level) => part(z as tf.Tensor2D, level))),
      },
    ],
    dispose() {
      likelihood.dispose();
      for (const network of networks) network.dispose();
    },
  };
}

/** x → one feature vector for each level, topmost first. */
function bottomUpNetwork(
  config: LadderConfig,
  widthAt: (level: number) => number,
): layers.LayersModel {
  const { levels, activation } = config;
  const [x, items] = itemInput(config);
  let state = itemFeatures(config, items);
  const features: Symbolic[] = [];
  for (let level = levels.length - 1; level >= 0; level--) {
    for (const half of ['a', 'b']) {
      const name = `level_${level + 1}${half}`;
      state = dense(name, widthAt(level), state, activation);
    }
    features.unshift(state);
  }
  return layers.model({ name: 'encoder', inputs: x, outputs: features });
}

interface Rung {
  /** (features, state above) → m, ln s² */
  readonly posterior: layers.LayersModel;
  /** state above → μ, ln σ²; the topmost prior is N(0, I) */
  readonly prior: layers.LayersModel | undefined;
  /** (state above, z) → state */
  readonly merge: layers.LayersModel;
}

function rung(
  activation: Activation,
  level: number,
  dims: number,
  widthAt: (level: number) => number,
): Rung {
  const width = widthAt(level);
  const input = (name: string, size: number) => layers.input({ shape: [size], name });
  const pair = (of: Symbolic) => ['mean', 'log_var'].map((head) => dense(head, dims, of));
  const stack = (of: Symbolic) =>
    ['hidden_1', 'hidden_2'].reduce((below, name) => dense(name, width, below, activation), of);
  const above = level === 0 ? [] : [widthAt(level - 1)];
  const name = `level_${level + 1}`;

  const posteriorInputs = [input('features', width), ...above.map((size) => input('state', size))];
  const posterior = layers.model({
    name: `posterior/${name}`,
    inputs: posteriorInputs,
    outputs: pair(dense('hidden', width, join(posteriorInputs), activation)),
  });
  const [stateAbove] = above.map((size) => input('state', size));
  const prior =
    stateAbove &&
    layers.model({ name: `prior/${name}`, inputs: stateAbove, outputs: pair(stateAbove) });
  const mergeInputs = [...above.map((size) => input('state', size)), input('z', dims)];
  const merge = layers.model({
    name: `merge/${name}`,
    inputs: mergeInputs,
    outputs: stack(join(mergeInputs)),
  });
  return { posterior, prior, merge };
}

function outputNetwork(config: LadderConfig, width: number): layers.LayersModel {
  const state = layers.input({ shape: [width], name: 'state' });
  return layers.model({ name: 'output', inputs: state, outputs: itemHead(config, state) });
}
