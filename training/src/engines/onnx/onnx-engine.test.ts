import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { type Model, readModel } from '@latentkit/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../../backends/choose-backend.ts';
import type { FamilyModel } from '../../families/family.ts';
import { FAMILIES } from '../../families/testing.ts';
import { adam } from '../../optimizers/adam.ts';
import { sgd } from '../../optimizers/sgd.ts';
import { withAverage } from '../../optimizers/with-average.ts';
import { nativeHalfIsHere } from '../../testing.ts';
import type { Engine, EngineState, PlainTensor, StepInputs } from '../engine.ts';
import { createTfjsEngine } from '../tfjs.ts';
import { NCHWC } from './blocked/nchwc.ts';
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

const BACKENDS = nativeHalfIsHere() ? (['cpu', 'tfjs-node'] as const) : (['cpu'] as const);

describe.each(BACKENDS)('compiled, and eager on tfjs %s', (backend) => {
  beforeAll(async () => {
    await chooseBackend(backend);
  });

  afterAll(async () => {
    await chooseBackend('cpu');
  });

  describe.each(Object.entries(FAMILIES))('%s', (_, build) => {
    test('terms, gradients, buffers and one step agree to 1e-5', async () => {
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
        const values = expected.get(name) ?? data(before, name);
        expect(relativeError(data(after, name), values)).toBeLessThan(1e-5);
      }
    });
  });
});

test.each(Object.entries(FAMILIES))(
  '%s: an update is a step without its terms',
  async (_, build) => {
    const { model, engine } = await start(build);
    const before = await engine.readState();
    const inputs = batchOf(model, 20);
    expect((await engine.step(inputs)).loss).not.toBeNaN();
    const stepped = await engine.readState();
    engine.writeState(before);
    expect(await engine.update(inputs)).toBeUndefined();
    expect(await engine.readState()).toEqual(stepped);
    expect(stepped).not.toEqual(before);
  },
);

/** The mean loss of each of `epochs` passes over 60 items in batches of 25, the last of them smaller. */
async function losses(engine: Engine, of: FamilyModel, epochs: number, from = 1) {
  const means: number[] = [];
  let step = from;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0;
    for (const [part, count] of [25, 25, 10].entries()) {
      const { loss } = await engine.step({ ...batchOf(of, count, part), learningRate: 5e-3, step });
      sum += loss * count;
      step++;
    }
    means.push(sum / 60);
  }
  return means;
}

const vae = FAMILIES['vae'] as () => FamilyModel;

test.each([
  ['adam', adam()],
  ['adam with decay and an average', withAverage(adam({ weightDecay: 0.1 }), 0.9)],
  ['momentum', sgd()],
])(
  'ten epochs end where those of tfjs end, and checkpoints go over from one to the other: %s',
  async (_, rule) => {
    const { model, engine } = await start(vae, { rule, clipNorm: 3 });
    const other = createTfjsEngine('tfjs', model, { rule, clipNorm: 3 });
    try {
      const [compiled, eager] = [await losses(engine, model, 10), await losses(other, model, 10)];
      expect(compiled.at(-1)).toBeLessThan(compiled[0] as number);
      for (const [i, loss] of compiled.entries()) {
        expect(Math.abs(loss - (eager[i] as number))).toBeLessThan(1e-3);
      }
      const state = await engine.readState();
      const expected = await other.readState();
      expect([...state.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [name, { shape, data: values }] of expected) {
        expect(state.get(name)?.shape).toEqual(shape);
        expect([name, relativeError(data(state, name), values) < 1e-3]).toEqual([name, true]);
      }
      other.writeState(state);
      const [onwards] = await losses(other, model, 1, 31);
      expect(onwards).toBeCloseTo((await losses(engine, model, 1, 31))[0] as number, 4);
      engine.writeState(expected);
      expect((await engine.readState()).get('decoder/output/kernel')).toEqual(
        expected.get('decoder/output/kernel'),
      );
    } finally {
      await other.dispose();
    }
  },
);

test('clips by the length of the whole gradient', async () => {
  const moved = async (clipNorm: number | undefined) => {
    const { model, engine } = await start(vae, { rule: sgd({ momentum: 0 }), clipNorm });
    await engine.step(batchOf(model, 20));
    const state = await engine.readState();
    const squares = model.weights.map(({ name }) =>
      data(state, `sgd/momentum/${name}`).reduce((sum, value) => sum + value * value, 0),
    );
    await engine.dispose();
    return Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
  };
  const length = await moved(undefined);
  expect(length).toBeGreaterThan(1);
  expect(await moved(0.5)).toBeCloseTo(0.5, 4);
  expect(await moved(length * 2)).toBeCloseTo(length, 4);
});

test('evaluates at β = 1 without a change, whatever the size of the batch', async () => {
  const { model, engine } = await start(vae);
  const before = await engine.readState();
  for (const count of [20, 7]) {
    const inputs = batchOf(model, count);
    const terms = await engine.evaluate(inputs);
    const expected = eager(model, { ...inputs, beta: 1 });
    expect(relativeError([terms.loss], expected.get('loss') as Float32Array)).toBeLessThan(1e-5);
  }
  expect(await engine.readState()).toEqual(before);
});

test('gives NaN for what is not finite, for the trainer to stop at, and refuses other models’ states', async () => {
  const { model, engine } = await start(vae);
  const state = await engine.readState();
  const inputs = batchOf(model, 20);
  inputs.items.fill(Number.NaN);
  expect((await engine.step(inputs)).loss).toBeNaN();
  engine.writeState(state);
  expect((await engine.step(batchOf(model, 20))).loss).toBeGreaterThan(0);
  const without = new Map(state);
  without.delete('adam/m/encoder/mean/bias');
  expect(() => engine.writeState(without)).toThrow(/adam\/m\/encoder\/mean\/bias is missing/);
});

test('fails with the weight’s name where the loss does not depend on it', async () => {
  const whole = vae();
  model = whole;
  const unused = tf.variable(tf.zeros([3]));
  const weights = [...whole.weights, { name: 'unused', variable: unused }];
  await expect(
    createOnnxEngine('onnx', { ...whole, weights }, { rule: adam(), open, batchSize: 20 }),
  ).rejects.toThrow(/unused/);
  unused.dispose();
});

test('wide convolutions run with their channels in blocks where the runtime has kernels for them', async () => {
  const opsets = async (of: string, refused: boolean) => {
    const opened: Model[] = [];
    await start(FAMILIES[of] as () => FamilyModel, {
      open: async (bytes) => {
        const found = readModel(bytes);
        if (refused && found.opsets.has(NCHWC)) throw new Error('no such operator');
        opened.push(found);
        return open(bytes);
      },
    });
    await engine?.step(batchOf(model as FamilyModel, 20));
    return opened.map((found) => found.opsets.has(NCHWC));
  };
  // The graph that tells the size of a block, then the step's.
  expect(await opsets('resnet vae', false)).toEqual([true, true]);
  await engine?.dispose();
  model?.dispose();
  expect(await opsets('resnet vae', true)).toEqual([false]);
  await engine?.dispose();
  model?.dispose();
  expect(await opsets('vae', false)).toEqual([false]);
});

test('steps leave no tensor behind in tfjs', async () => {
  const { model, engine } = await start(vae);
  await losses(engine, model, 1);
  const count = tf.memory().numTensors;
  await losses(engine, model, 2);
  expect(tf.memory().numTensors).toBe(count);
});

describe.each(['onnx', 'tfjs'] as const)('the engine %s', (kind) => {
  const begin = async (of = 'cvae') => {
    const { model, engine: compiled } = await start(FAMILIES[of] as () => FamilyModel);
    return { model, engine: kind === 'onnx' ? compiled : createTfjsEngine(kind, model) };
  };

  test.each<[string, object, RegExp]>([
    ['learningRate', { learningRate: undefined }, /a finite number of at least 0, received undef/],
    ['learningRate', { learningRate: 'x' }, /received 'x'/],
    ['learningRate', { learningRate: -1 }, /received -1/],
    ['beta', { beta: undefined }, /a finite number of at least 0, received undefined/],
    ['beta', { beta: Number.NaN }, /received NaN/],
    ['capacity', { capacity: '5' }, /received '5'/],
    ['step', { step: undefined }, /an integer from 1 to .*, received undefined/],
    ['step', { step: 0 }, /received 0/],
    ['items', { items: undefined }, /a Float32Array, received undefined/],
    ['items', { items: new Float64Array(40) }, /a Float32Array, received a Float64Array/],
    [
      'items',
      { items: new Float32Array(10) },
      /one or more items of 20 values, received '10 values'/,
    ],
    ['items', { items: new Float32Array(0) }, /received '0 values'/],
    ['labels', { labels: undefined }, /a Float32Array, received undefined/],
    ['labels', { labels: new Float32Array(4) }, /15 values, 3 for each of 5 items, received '4'/],
    ['noise', { noise: undefined }, /a Float32Array, received undefined/],
    ['noise', { noise: new Float32Array(4) }, /15 values, 3 for each of 5 items, received '4'/],
  ])('refuses a batch by its %s, %j, and keeps the weights', async (argument, change, message) => {
    const { model, engine } = await begin();
    const before = await engine.readState();
    const inputs = { ...batchOf(model, 5), ...change };
    const refused = { code: 'invalid-argument', argument, message: expect.stringMatching(message) };
    await expect(engine.step(inputs)).rejects.toMatchObject(refused);
    if (['items', 'labels', 'noise'].includes(argument)) {
      await expect(engine.evaluate(inputs)).rejects.toMatchObject(refused);
    }
    expect(await engine.readState()).toEqual(before);
    await engine.dispose();
  });

  test('does without what a model has no use for', async () => {
    const { model, engine } = await begin('ae');
    const { labels, noise, capacity, ...inputs } = batchOf(model, 5);
    expect((await engine.step({ ...inputs } as StepInputs)).loss).toBeGreaterThan(0);
    await engine.dispose();
  });

  test('refuses inputs that are none', async () => {
    const { engine } = await begin();
    for (const call of [engine.step, engine.evaluate]) {
      await expect(call(undefined as never)).rejects.toMatchObject({ argument: 'inputs' });
    }
    await engine.dispose();
  });

  test('does nothing once it is disposed of', async () => {
    const { model, engine } = await begin();
    const state = await engine.readState();
    await engine.dispose();
    const disposed = { code: 'disposed', message: expect.stringContaining(`The engine ${kind}`) };
    await expect(engine.step(batchOf(model, 5))).rejects.toMatchObject(disposed);
    await expect(engine.evaluate(batchOf(model, 5))).rejects.toMatchObject(disposed);
    await expect(engine.readState()).rejects.toMatchObject(disposed);
    expect(() => engine.writeState(state)).toThrow(expect.objectContaining({ code: 'disposed' }));
  });

  test.each<[string, object]>([
    ['options', { clipnorm: 5 }],
    ['clipNorm', { clipNorm: 0 }],
    ['clipNorm', { clipNorm: Number.NaN }],
  ])('refuses %s, %j', async (argument, change) => {
    model = vae();
    const of = model;
    const made = async () =>
      kind === 'onnx'
        ? createOnnxEngine(kind, of, { rule: adam(), open, batchSize: 20, ...change })
        : createTfjsEngine(kind, of, change);
    await expect(made()).rejects.toMatchObject({ code: 'invalid-argument', argument });
  });
});
