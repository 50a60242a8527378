import { DisposedError } from '@latentkit/core';
import { checkNames } from '@latentkit/core/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, TermTensors, Trainable } from '../families/family.ts';
import { zeroVariable } from '../families/variables.ts';
import { adam } from '../optimizers/adam.ts';
import type { Arithmetic } from '../optimizers/arithmetic.ts';
import { checkRule } from '../optimizers/check-rule.ts';
import type { UpdateRule } from '../optimizers/update-rule.ts';
import { checkBatch, checkClipNorm, checkStep } from './check-inputs.ts';
import { checkState } from './check-state.ts';
import { checkTrainable } from './check-trainable.ts';
import type { Engine, EngineState, StepInputs, Terms } from './engine.ts';

export interface TfjsEngineOptions {
  /** Adam by default. */
  readonly rule?: UpdateRule | undefined;
  /** Longest gradient, over all weights together, that is taken as it is; no limit by default. */
  readonly clipNorm?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof TfjsEngineOptions, true>> = { rule: true, clipNorm: true };

const tensors: Arithmetic<tf.Tensor> = {
  constant: (value) => tf.scalar(value),
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  sqrt: tf.sqrt,
};

/** Runs the objective, its gradients and the optimiser eagerly on tfjs's current backend. @throws ArgumentError */
export function createTfjsEngine(
  name: string,
  trainable: Trainable,
  options: TfjsEngineOptions = {},
): Engine {
  checkTrainable(trainable);
  checkNames(options, OPTIONS);
  const { rule = adam(), clipNorm } = options;
  checkRule(rule);
  checkClipNorm(clipNorm);
  let disposed = false;
  const checkOpen = () => {
    if (disposed) throw new DisposedError(`The engine ${name}`);
  };
  const { weights, buffers } = trainable;
  const trained = weights.map(({ variable }) => variable);
  // Variables of our own, so that the state survives tidy(); not trainable, so that no gradient is asked of them.
  const slots = weights.map(({ variable }) =>
    rule.slots.map(() => zeroVariable(variable.shape, false)),
  );

  /** Every variable of the state under its name in a checkpoint. */
  const named = new Map<string, tf.Variable>();
  for (const { name, variable } of [...weights, ...buffers]) named.set(name, variable);
  for (const [s, slot] of rule.slots.entries()) {
    for (const [w, { name }] of weights.entries()) {
      named.set(`${slot}/${name}`, slots[w]?.[s] as tf.Variable);
    }
  }

  const batchOf = (count: number, { items, labels, noise, beta, capacity = 0 }: BatchInputs) => {
    const { noiseSize } = trainable;
    return {
      items: tf.tensor2d(items, [count, trainable.itemSize]),
      labels:
        trainable.labels > 0
          ? tf.tensor2d(labels as Float32Array, [count, trainable.labels])
          : undefined,
      noise:
        noiseSize > 0 ? tf.tensor2d(noise, [count, noiseSize]) : tf.zeros<tf.Rank.R2>([count, 0]),
      beta: tf.scalar(beta),
      capacity: tf.scalar(capacity),
    } satisfies Batch;
  };

  /** @returns the terms of the batch before the update */
  const update = (inputs: StepInputs) => {
    checkOpen();
    const count = checkStep(trainable, inputs);
    return tf.tidy(() => {
      const batch = batchOf(count, inputs);
      let stacked: tf.Tensor1D | undefined;
      let updates: Readonly<Record<string, tf.Tensor>> = {};
      const { value, grads } = tf.variableGrads(() => {
        const terms = trainable.terms(batch);
        // Kept: variableGrads tidies up what the function made, apart from its result.
        stacked = tf.keep(stackTerms(terms));
        updates = terms.updates ?? {};
        for (const update of Object.values(updates)) tf.keep(update);
        return terms.loss;
      }, trained);
      value.dispose();
      const gradients = trained.map((weight) => grads[weight.name] as tf.Tensor);
      const clipped = clipNorm === undefined ? gradients : clipByNorm(gradients, clipNorm);
      const rates = rule
        .ratesAt(inputs.learningRate, inputs.step)
        .map((rate): tf.Tensor => tf.scalar(rate));
      for (const [w, weight] of trained.entries()) {
        const own = slots[w] as tf.Variable[];
        const gradient = clipped[w] as tf.Tensor;
        const next = rule.update<tf.Tensor>(tensors, { weight, gradient, slots: own, rates });
        weight.assign(next.weight);
        for (const [s, slot] of own.entries()) slot.assign(next.slots[s] as tf.Tensor);
      }
      for (const { name, variable } of buffers) {
        const update = updates[name];
        if (update) variable.assign(update);
        update?.dispose();
      }
      return stacked as tf.Tensor1D;
    });
  };

  return {
    name,
    async step(inputs: StepInputs) {
      return readTerms(update(inputs));
    },
    async update(inputs: StepInputs) {
      update(inputs).dispose();
    },
    async evaluate(inputs) {
      checkOpen();
      const count = checkBatch(trainable, inputs);
      const batch = () => batchOf(count, { ...inputs, beta: 1 });
      return readTerms(tf.tidy(() => stackTerms(trainable.terms(batch()))));
    },
    async readState() {
      checkOpen();
      const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
      for (const [key, variable] of named) {
        const data = (await variable.data<'float32'>()).slice();
        state.set(key, { shape: variable.shape, data });
      }
      return state;
    },
    writeState(state: EngineState) {
      checkOpen();
      checkState(named, state);
      for (const [key, variable] of named) {
        const { data, shape } = state.get(key) as { shape: number[]; data: Float32Array };
        const value = tf.tensor(data.slice(), shape, 'float32');
        variable.assign(value);
        value.dispose();
      }
    },
    dispose() {
      disposed = true;
      tf.dispose(slots);
    },
  };
}

type BatchInputs = Pick<StepInputs, 'items' | 'labels' | 'noise' | 'beta' | 'capacity'>;

function stackTerms({ loss, reconstruction, kl }: TermTensors): tf.Tensor1D {
  return tf.stack([loss, reconstruction, kl]) as tf.Tensor1D;
}

async function readTerms(tensor: tf.Tensor1D): Promise<Terms> {
  const [loss, reconstruction, kl] = await tensor.data<'float32'>();
  tensor.dispose();
  return { loss: loss as number, reconstruction: reconstruction as number, kl: kl as number };
}

/** Scales all gradients down together where their length exceeds the limit (Pascanu et al. 2013, §3.2). */
function clipByNorm(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.minimum(tf.div(limit, norm), 1);
  return gradients.map((gradient) => tf.mul(gradient, scale));
}
