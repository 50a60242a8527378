import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { FlowName } from '../settings/choices.ts';
import { standardNormalLogDensity } from './bounds.ts';
import type { FamilyModel, GraphInput } from './family.ts';
import { keepInRange, reparameterise } from './gaussian-posterior.ts';
import { autoregressiveMasks, iafStep } from './iaf-step.ts';
import type { Likelihood } from './likelihood.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { decoderNetwork, encoderNetwork } from './networks/networks.ts';
import { type FlowStep, planarStep } from './planar-flow.ts';
import { buffersOf, type NamedVariable, weightsOf, zeroVariable } from './variables.ts';

export interface FlowConfig extends NetworkConfig {
  readonly latentSize: number;
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
  readonly flow: FlowName;
  /** Transformations in a row. */
  readonly steps: number;
  /** Hidden units of each autoregressive network, and width of the context it is given. */
  readonly flowHidden: number;
}

/** A chain of steps from z₀ with what the encoder says beside mean and log σ²; ln |det| summed, [n, 1]. */
interface Flow {
  /** Further heads of the encoder, by name and size. */
  readonly heads: Readonly<Record<string, number>>;
  readonly weights: readonly NamedVariable[];
  transform(z: tf.Tensor2D, heads: readonly tf.Tensor2D[]): FlowStep;
  dispose(): void;
}

/**
 * A VAE whose posterior is a Gaussian moved through invertible maps that depend on the item:
 * ln q(z_K|x) = ln q(z₀|x) − Σ ln |det ∂z_k/∂z_{k−1}| (Rezende & Mohamed 2015, eq. 13). Its KL has no
 * closed form: one draw estimates it.
 */
export function buildFlow(config: FlowConfig): FamilyModel {
  const { latentSize, likelihood, valueRange } = config;
  const itemSize = sizeOf(config.itemShape);
  const flow = config.flow === 'planar' ? planarFlow(config) : iafFlow(config);
  const unconditional = { ...config, labels: 0 };
  const encoder = encoderNetwork(unconditional, {
    mean: latentSize,
    log_var: latentSize,
    ...flow.heads,
  });
  const decoder = decoderNetwork(unconditional, latentSize);

  const draw = (x: tf.Tensor2D, eps: tf.Tensor2D) => {
    const [mean, raw, ...heads] = encoder.apply(x) as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor2D[]];
    const logVar = keepInRange(raw);
    const { z, logDet } = flow.transform(reparameterise({ mean, logVar }, eps), heads);
    const logQ0 = tf.sub(
      standardNormalLogDensity(eps),
      tf.mul(tf.sum<tf.Tensor1D>(logVar, 1), 0.5),
    );
    const logQ: tf.Tensor1D = tf.sub(logQ0, tf.sum<tf.Tensor1D>(logDet, 1));
    return { mean, logVar, z, logQ };
  };

  const inputs: Record<'x' | 'eps' | 'z', GraphInput> = {
    x: { name: 'x', dtype: 'float32', shape: [itemSize], range: valueRange },
    eps: { name: 'eps', dtype: 'float32', shape: [latentSize], range: [-3, 3] },
    z: { name: 'z', dtype: 'float32', shape: [latentSize], range: [-3, 3] },
  };
  return {
    itemSize,
    labels: 0,
    noiseSize: latentSize,
    weights: [
      ...weightsOf([encoder]),
      ...flow.weights,
      ...weightsOf([decoder]),
      ...likelihood.weights,
    ],
    buffers: buffersOf([encoder]),
    terms({ items, noise, beta }) {
      const { z, logQ } = draw(items, noise);
      const parameter = decoder.apply(z) as tf.Tensor2D;
      const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
      const kl = tf.mean<tf.Scalar>(tf.sub(logQ, standardNormalLogDensity(z)));
      return { loss: tf.add(reconstruction, tf.mul(beta, kl)), reconstruction, kl };
    },
    likelihood,
    card: {
      family: 'flow',
      latent: { kind: 'flow', size: latentSize, flow: config.flow, steps: config.steps },
    },
    graphs: [
      {
        name: 'encoder',
        inputs: [inputs.x, inputs.eps],
        run(x, eps) {
          const { z, logQ, mean, logVar } = draw(x as tf.Tensor2D, eps as tf.Tensor2D);
          return { z, log_q: logQ, mean, log_var: logVar };
        },
      },
      {
        name: 'decoder',
        inputs: [inputs.z],
        run: (z) => likelihood.outputs(decoder.apply(z as tf.Tensor) as tf.Tensor2D),
      },
    ],
    dispose() {
      likelihood.dispose();
      encoder.dispose();
      decoder.dispose();
      flow.dispose();
    },
  };
}

/** Every parameter comes from the encoder: nothing of its own to train. */
function planarFlow({ steps, latentSize }: FlowConfig): Flow {
  return {
    heads: { flow_u: steps * latentSize, flow_w: steps * latentSize, flow_b: steps },
    weights: [],
    transform(z0, [u, w, b]) {
      const at = (rows: tf.Tensor2D | undefined, step: number, width: number): tf.Tensor2D =>
        tf.slice(rows as tf.Tensor2D, [0, step * width], [-1, width]);
      return chain(steps, z0, (z, step) =>
        planarStep(z, {
          u: at(u, step, latentSize),
          w: at(w, step, latentSize),
          b: at(b, step, 1),
        }),
      );
    },
    dispose() {},
  };
}

/** The order of the dimensions is turned round between steps, so that each comes to depend on all. */
function iafFlow({ steps, latentSize, flowHidden }: FlowConfig): Flow {
  const masks = autoregressiveMasks(latentSize, flowHidden);
  const inputMask = tf.keep(tf.tensor2d(masks.input, [latentSize, flowHidden]));
  const outputMask = tf.keep(tf.tensor2d(masks.output, [flowHidden, latentSize]));
  const variables = Array.from({ length: steps }, () => ({
    input: zeroVariable([latentSize, flowHidden]) as tf.Tensor as tf.Tensor2D,
    context: zeroVariable([flowHidden, flowHidden]) as tf.Tensor as tf.Tensor2D,
    bias: zeroVariable([flowHidden]) as tf.Tensor as tf.Tensor1D,
    shift: zeroVariable([flowHidden, latentSize]) as tf.Tensor as tf.Tensor2D,
    shiftBias: zeroVariable([latentSize]) as tf.Tensor as tf.Tensor1D,
    gate: zeroVariable([flowHidden, latentSize]) as tf.Tensor as tf.Tensor2D,
    gateBias: zeroVariable([latentSize]) as tf.Tensor as tf.Tensor1D,
  }));
  const names = {
    input: 'input/kernel',
    context: 'context/kernel',
    bias: 'hidden/bias',
    shift: 'shift/kernel',
    shiftBias: 'shift/bias',
    gate: 'gate/kernel',
    gateBias: 'gate/bias',
  } as const;
  return {
    heads: { flow_context: flowHidden },
    weights: variables.flatMap((step, index) =>
      Object.entries(names).map(([key, name]) => ({
        name: `flow/${index + 1}/${name}`,
        variable: step[key as keyof typeof names] as tf.Tensor as tf.Variable,
      })),
    ),
    transform: (z0, [context]) =>
      chain(steps, z0, (z, index) => {
        const step = variables[index] as (typeof variables)[number];
        const { z: next, logDet } = iafStep(z, context as tf.Tensor2D, {
          ...step,
          input: tf.mul(step.input, inputMask),
          shift: tf.mul(step.shift, outputMask),
          gate: tf.mul(step.gate, outputMask),
        });
        return { z: tf.reverse(next, 1), logDet };
      }),
    dispose() {
      inputMask.dispose();
      outputMask.dispose();
      for (const step of variables) for (const variable of Object.values(step)) variable.dispose();
    },
  };
}

function chain(
  steps: number,
  z0: tf.Tensor2D,
  step: (z: tf.Tensor2D, index: number) => FlowStep,
): FlowStep {
  let z = z0;
  let total: tf.Tensor2D | undefined;
  for (let index = 0; index < steps; index++) {
    const { z: next, logDet } = step(z, index);
    z = next;
    total = total ? tf.add(total, logDet) : logDet;
  }
  return { z, logDet: total ?? tf.zeros([z0.shape[0], 1]) };
}
