import * as tf from '@tensorflow/tfjs-core';
import type { Terms } from '../events.ts';
import { ADAM_SLOTS, adamRates, adamStep } from '../model/adam.ts';
import type { AutoencoderModel } from '../model/autoencoder-model.ts';
import { modelWeights } from '../model/autoencoder-model.ts';
import type { Objective } from '../model/objective.ts';
import { checkState } from './check-state.ts';
import type { Engine, EngineState, StepInputs } from './engine.ts';

/** Runs the objective, its gradients and Adam eagerly on tfjs's current backend. */
export function createTfjsEngine(
  name: string,
  model: AutoencoderModel,
  objective: Objective,
): Engine {
  const weights = modelWeights(model);
  const trained = weights.map(({ variable }) => variable);
  // Variables of our own, so that the state survives tidy(); not trainable, so that no gradient is asked of them.
  const slots = weights.map(({ variable }) => ({
    m: tf.variable(tf.zeros(variable.shape), false),
    v: tf.variable(tf.zeros(variable.shape), false),
  }));

  const inputs = (items: Float32Array, noise: Float32Array, beta: number) => {
    const count = items.length / model.itemSize;
    return {
      items: tf.tensor2d(items, [count, model.itemSize]),
      noise: tf.tensor2d(noise, [count, objective.noiseSize]),
      beta: tf.scalar(beta),
    };
  };

  /** Every variable of the state under its name in a checkpoint. */
  const named = new Map<string, tf.Variable>(weights.map(({ name, variable }) => [name, variable]));
  for (const slot of ADAM_SLOTS) {
    for (const [i, weight] of weights.entries()) {
      named.set(`adam/${slot}/${weight.name}`, (slots[i] as (typeof slots)[number])[slot]);
    }
  }

  return {
    name,
    async step({ items, noise, learningRate, beta, step }: StepInputs) {
      const terms = tf.tidy(() => {
        const batch = inputs(items, noise, beta);
        let terms: tf.Tensor1D | undefined;
        const { value, grads } = tf.variableGrads(() => {
          const { loss, reconstruction, kl } = objective.terms(batch);
          // Kept: variableGrads tidies up what the function made, apart from its result.
          terms = tf.keep(tf.stack([loss, reconstruction, kl]) as tf.Tensor1D);
          return loss;
        }, trained);
        value.dispose();
        const { rate, epsilon } = adamRates(learningRate, step);
        const rates = { rate: tf.scalar(rate), epsilon: tf.scalar(epsilon) };
        for (const [i, weight] of trained.entries()) {
          const { m, v } = slots[i] as (typeof slots)[number];
          const next = adamStep({ weight, m, v }, grads[weight.name] as tf.Tensor, rates);
          weight.assign(next.weight);
          m.assign(next.m);
          v.assign(next.v);
        }
        return terms as tf.Tensor1D;
      });
      return readTerms(terms);
    },
    async evaluate({ items, noise }) {
      const terms = tf.tidy(() => {
        const { loss, reconstruction, kl } = objective.terms(inputs(items, noise, 1));
        return tf.stack([loss, reconstruction, kl]) as tf.Tensor1D;
      });
      return readTerms(terms);
    },
    async readState() {
      const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
      for (const [key, variable] of named) {
        const data = (await variable.data<'float32'>()).slice();
        state.set(key, { shape: variable.shape, data });
      }
      return state;
    },
    writeState(state: EngineState) {
      checkState(named, state);
      for (const [key, variable] of named) {
        const { data, shape } = state.get(key) as { shape: number[]; data: Float32Array };
        const value = tf.tensor(data.slice(), shape, 'float32');
        variable.assign(value);
        value.dispose();
      }
    },
    dispose() {
      for (const { m, v } of slots) {
        m.dispose();
        v.dispose();
      }
    },
  };
}

async function readTerms(tensor: tf.Tensor1D): Promise<Terms> {
  const [loss, reconstruction, kl] = await tensor.data<'float32'>();
  tensor.dispose();
  return { loss: loss as number, reconstruction: reconstruction as number, kl: kl as number };
}
