import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { makeStrokes } from '@latentkit/data';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { buildFamily } from '../families/build-family.ts';
import { drawWeights } from '../families/draw-weights.ts';
import type { FamilyModel } from '../families/family.ts';
import { resolveConfig } from '../settings/config.ts';
import { codeOf } from '../testing.ts';
import type { Engine } from './engine.ts';
import { createTfjsEngine } from './tfjs.ts';

const BATCH = 20;
const LATENT = 4;
const { images } = makeStrokes(100, 1, 1).train;

function inputs(step: number) {
  const from = ((step - 1) % 5) * BATCH * 784;
  return {
    items: images.subarray(from, from + BATCH * 784),
    noise: createRandom(1, `noise/${step}`).fillNormal(new Float32Array(BATCH * LATENT)),
    learningRate: 2e-3,
    beta: 1,
    step,
  };
}

function buildModel(hidden: number): FamilyModel {
  const config = resolveConfig({ runDir: 'none', latentSize: LATENT, hiddenSizes: [hidden] });
  const model = buildFamily(config, { itemShape: [28, 28, 1], valueRange: [0, 1], labelNames: [] });
  drawWeights(model.weights, 1);
  return model;
}

async function losses(engine: Engine, from: number, to: number): Promise<number[]> {
  const found = [];
  for (let step = from; step <= to; step++) found.push((await engine.step(inputs(step))).loss);
  return found;
}

describe.each(['wasm', 'cpu'] as const)('the tfjs engine on %s', (backend) => {
  const models: FamilyModel[] = [];
  const engines: Engine[] = [];
  const make = (hidden = 24): Engine => {
    const model = buildModel(hidden);
    const engine = createTfjsEngine(backend, model);
    models.push(model);
    engines.push(engine);
    return engine;
  };

  beforeEach(() => chooseBackend(backend));
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.dispose();
    for (const model of models.splice(0)) model.dispose();
  });

  test('the loss falls, and the same inputs give the same losses', async () => {
    const first = await losses(make(), 1, 30);
    expect(first.at(-1)).toBeLessThan(0.65 * (first[0] as number));
    expect(await losses(make(), 1, 30)).toEqual(first);
  });

  test('a state that was read goes on exactly where it was', async () => {
    const unbroken = make();
    await losses(unbroken, 1, 4);
    const state = await unbroken.readState();
    expect(state.get('encoder/mean/kernel')?.shape).toEqual([24, LATENT]);
    expect(state.get('adam/v/decoder/output/bias')?.shape).toEqual([784]);
    const expected = await losses(unbroken, 5, 7);
    const resumed = make();
    resumed.writeState(state);
    expect(await losses(resumed, 5, 7)).toEqual(expected);
    // Without the optimiser's slots the losses would be others.
    const halfResumed = make();
    halfResumed.writeState(
      new Map(
        [...state].map(([name, { shape, data }]) => [
          name,
          { shape, data: name.startsWith('adam/') ? data.map(() => 0) : data },
        ]),
      ),
    );
    expect(await losses(halfResumed, 5, 7)).not.toEqual(expected);
  });

  test('refuses a state of another model', async () => {
    const state = await make(8).readState();
    expect(await codeOf(() => make(24).writeState(state))).toBe('invalid-data');
    const without = new Map(state);
    without.delete('adam/m/encoder/mean/bias');
    expect(await codeOf(() => make(8).writeState(without))).toBe('invalid-data');
    const more = new Map(state).set('extra', { shape: [1], data: new Float32Array(1) });
    expect(await codeOf(() => make(8).writeState(more))).toBe('invalid-data');
  });

  test('evaluating changes nothing; steps leave no tensor behind', async () => {
    const engine = make();
    await losses(engine, 1, 1);
    const before = await engine.readState();
    const count = tf.memory().numTensors;
    const first = await engine.evaluate(inputs(1));
    expect(await engine.evaluate(inputs(1))).toEqual(first);
    expect(first.loss).toBeCloseTo(first.reconstruction + first.kl, 3);
    expect(await engine.readState()).toEqual(before);
    await losses(engine, 2, 4);
    expect(tf.memory().numTensors).toBe(count);
  });
});

test('wasm and cpu agree on the losses', async () => {
  const curves = [];
  for (const backend of ['wasm', 'cpu'] as const) {
    await chooseBackend(backend);
    const model = buildModel(24);
    const engine = createTfjsEngine(backend, model);
    curves.push(await losses(engine, 1, 5));
    await engine.dispose();
    model.dispose();
  }
  for (const [i, loss] of (curves[0] as number[]).entries()) {
    expect(Math.abs(loss - (curves[1]?.[i] as number)) / loss).toBeLessThan(1e-5);
  }
});
