import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../../backends/choose-backend.ts';
import type { FamilyModel } from '../../families/family.ts';
import { FAMILIES } from '../../families/testing.ts';
import { adam } from '../../optimizers/adam.ts';
import { sgd } from '../../optimizers/sgd.ts';
import type { Engine, EngineState, PlainTensor, StepInputs } from '../engine.ts';
import { createOnnxEngine, type OnnxEngineOptions } from './onnx-engine.ts';

let model: FamilyModel | undefined;
let engine: Engine | undefined;

beforeAll(async () => {
  await chooseBackend('cpu');
});

afterEach(async () => {
  await engine?.dispose();
  model?.dispose();
  engine = undefined;
  model = undefined;
});

function randomise({ weights, buffers }: FamilyModel, seed: number): void {
  const random = createRandom(seed);
  for (const { variable } of [...weights, ...buffers]) {
    const values = random.fillNormal(new Float32Array(variable.size), 0.3);
    // Buffers count and average: they are not negative.
    variable.assign(
      tf.tensor(
        buffers.some((b) => b.variable === variable) ? values.map(Math.abs) : values,
        variable.shape,
      ),
    );
  }
}

function batchOf(
  { itemSize, labels, noiseSize }: FamilyModel,
  count: number,
  seed = 1,
): StepInputs {
  const random = createRandom(seed);
  return {
    items: Float32Array.from({ length: count * itemSize }, () => random.uniform()),
    labels: Float32Array.from({ length: count * labels }, (_, i) =>
      Number(i % labels === Math.floor(i / labels) % labels),
    ),
    noise: random.fillNormal(new Float32Array(count * noiseSize)),
    learningRate: 1e-3,
    beta: 0.7,
    capacity: 0.5,
    step: 1,
  };
}

const open: OnnxEngineOptions['open'] = (bytes) => createRunner(bytes, { threads: 1 });

async function start(build: () => FamilyModel, options: Partial<OnnxEngineOptions> = {}) {
  model = build();
  randomise(model, 5);
  engine = await createOnnxEngine('onnx', model, { rule: adam(), open, batchSize: 20, ...options });
  return { model, engine };
}

/** Terms, gradients and new buffers by tfjs, eagerly. */
function eager(of: FamilyModel, inputs: StepInputs) {
  const count = inputs.items.length / of.itemSize;
  const results = new Map<string, Float32Array>();
  tf.tidy(() => {
    const batch = {
      items: tf.tensor2d(inputs.items, [count, of.itemSize]),
      labels:
        of.labels > 0 ? tf.tensor2d(inputs.labels as Float32Array, [count, of.labels]) : undefined,
      noise: tf.tensor2d(inputs.noise, [count, of.noiseSize]),
      beta: tf.scalar(inputs.beta),
      capacity: tf.scalar(inputs.capacity as number),
    };
    const { value, grads } = tf.variableGrads(
      () => {
        const { loss, reconstruction, kl, updates = {} } = of.terms(batch);
        for (const [name, tensor] of Object.entries({ reconstruction, kl, ...updates })) {
          results.set(name, tensor.dataSync<'float32'>().slice());
        }
        return loss;
      },
      of.weights.map(({ variable }) => variable),
    );
    results.set('loss', value.dataSync<'float32'>().slice());
    for (const { name, variable } of of.weights) {
      results.set(name, (grads[variable.name] as tf.Tensor).dataSync<'float32'>().slice());
    }
  });
  return results;
}

/** The largest difference, relative to the largest magnitude that is expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let scale = 1e-6;
  let worst = 0;
  for (let i = 0; i < expected.length; i++)
    scale = Math.max(scale, Math.abs(expected[i] as number));
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  return worst / scale;
}

const data = (state: EngineState, name: string) => (state.get(name) as PlainTensor).data;

describe.each(Object.entries(FAMILIES))('%s', (_, build) => {
  test('terms, gradients, buffers and one step agree with tfjs to 1e-5', async () => {
    // Descent at rate 1 without momentum leaves weight − gradient.
    const { model, engine } = await start(build, { rule: sgd({ momentum: 0 }) });
    const inputs = { ...batchOf(model, 20), learningRate: 1 };
    const expected = eager(model, inputs);
    const before = await engine.readState();
    const terms = await engine.step(inputs);
    const after = await engine.readState();
    for (const name of ['loss', 'reconstruction', 'kl'] as const) {
      expect(relativeError([terms[name]], expected.get(name) as Float32Array)).toBeLessThan(1e-5);
    }
    for (const { name } of model.weights) {
      const gradient = data(after, `sgd/momentum/${name}`);
      expect([name, relativeError(gradient, expected.get(name) as Float32Array) < 1e-5]).toEqual([
        name,
        true,
      ]);
      const moved = data(before, name).map((weight, i) => weight - (gradient[i] as number));
      expect(data(after, name)).toEqual(moved);
    }
    for (const { name } of model.buffers) {
      expect(relativeError(data(after, name), expected.get(name) as Float32Array)).toBeLessThan(
        1e-5,
      );
    }
  });
});
