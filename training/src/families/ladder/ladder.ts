import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { type KlTerm, klTerm } from '../bounds.ts';
import type { FamilyModel, GraphInput } from '../family.ts';
import { gaussianKlByDimension, keepInRange, reparameterise } from '../gaussian-posterior.ts';
import type { Likelihood } from '../likelihood.ts';
import { buffersOf, weightsOf } from '../variables.ts';
import { bottomUpNetwork } from './bottom-up.ts';
import { gridRung, intoGrid, outOfGrid } from './grid-rungs.ts';
import { type Levels, levelSizes } from './levels.ts';
import { outOfVector, vectorRung } from './vector-rungs.ts';

export interface LadderConfig extends Levels {
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
 *
 * The upper levels are vectors between dense layers; below them may lie levels that have a few channels at each cell of
 * the coarsest grid, between residual blocks, for what varies from place to place.
 */
export function buildLadder(config: LadderConfig): FamilyModel {
  const { likelihood, valueRange } = config;
  const itemSize = sizeOf(config.itemShape);
  const levels = levelSizes(config);
  const size = levels.reduce((sum, level) => sum + level, 0);

  const vectors = config.levels.length;
  const bottomUp = bottomUpNetwork(config);
  const rungs = levels.map((_, level) =>
    level < vectors ? vectorRung(config, level) : gridRung(config, level),
  );
  const onGrid = levels.length > vectors;
  const toGrid = onGrid ? intoGrid(config) : undefined;
  const output = onGrid ? outOfGrid(config) : outOfVector(config);

  /** Goes down the ladder; `choose` gives e_l from the state above and says what it cost. */
  const descend = (
    choose: (level: number, state: tf.Tensor | undefined) => tf.Tensor2D,
  ): tf.Tensor2D => {
    let state: tf.Tensor | undefined;
    for (const [level, { prior, merge }] of rungs.entries()) {
      if (level === vectors) state = toGrid?.apply(state as tf.Tensor) as tf.Tensor;
      const e = choose(level, state);
      if (state === undefined || prior === undefined) {
        state = merge.apply(e) as tf.Tensor;
      } else {
        const [mean, logVar] = prior.apply(state) as [tf.Tensor2D, tf.Tensor2D];
        const z = reparameterise({ mean, logVar: keepInRange(logVar) }, e);
        state = merge.apply([state, z]) as tf.Tensor;
      }
    }
    return output.apply(state as tf.Tensor) as tf.Tensor2D;
  };

  const starts = levels.map((_, level) =>
    levels.slice(0, level).reduce((sum, dims) => sum + dims, 0),
  );
  const part = (rows: tf.Tensor2D, level: number): tf.Tensor2D =>
    tf.slice(rows, [0, starts[level] as number], [-1, levels[level] as number]);

  const infer = (x: tf.Tensor2D, noise: tf.Tensor2D) => {
    const features = [bottomUp.apply(x)].flat() as tf.Tensor[];
    const codes: tf.Tensor2D[] = [];
    const kls: tf.Tensor2D[] = [];
    const parameter = descend((level, state) => {
      const feature = features[level] as tf.Tensor;
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
    ...(toGrid ? [toGrid] : []),
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
