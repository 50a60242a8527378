import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { FamilyModel } from './family.ts';
import type { Likelihood } from './likelihood.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { decoderNetwork, encoderNetwork } from './networks/networks.ts';
import { buffersOf, weightsOf } from './variables.ts';

export interface AutoencoderConfig extends NetworkConfig {
  readonly latentSize: number;
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
}

/**
 * The plain autoencoder (Hinton & Salakhutdinov 2006): x → z → x, no noise, no prior. What a
 * variational one improves on: it reconstructs well, but its latent space cannot be sampled.
 */
export function buildAutoencoder(config: AutoencoderConfig): FamilyModel {
  const { latentSize, likelihood, valueRange } = config;
  const itemSize = sizeOf(config.itemShape);
  const encoder = encoderNetwork({ ...config, labels: 0 }, { z: latentSize });
  const decoder = decoderNetwork({ ...config, labels: 0 }, latentSize);
  return {
    itemSize,
    labels: 0,
    noiseSize: 0,
    weights: [...weightsOf([encoder, decoder]), ...likelihood.weights],
    buffers: buffersOf([encoder]),
    terms({ items }) {
      const parameter = decoder.apply(encoder.apply(items) as tf.Tensor) as tf.Tensor2D;
      const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
      return { loss: reconstruction, reconstruction, kl: tf.scalar(0) };
    },
    likelihood,
    card: { family: 'ae', latent: { kind: 'point', size: latentSize } },
    graphs: [
      {
        name: 'encoder',
        inputs: [{ name: 'x', dtype: 'float32', shape: [itemSize], range: valueRange }],
        run: (x) => ({ z: encoder.apply(x as tf.Tensor) as tf.Tensor }),
      },
      {
        name: 'decoder',
        inputs: [{ name: 'z', dtype: 'float32', shape: [latentSize], range: [-3, 3] }],
        run: (z) => likelihood.outputs(decoder.apply(z as tf.Tensor) as tf.Tensor2D),
      },
    ],
    dispose() {
      likelihood.dispose();
      encoder.dispose();
      decoder.dispose();
    },
  };
}
