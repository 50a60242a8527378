import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GoldenGraph, type Tensor, tensor } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { buildFamily } from '../families/build-family.ts';
import { drawWeights } from '../families/draw-weights.ts';
import type { FamilyModel, GraphFunction } from '../families/family.ts';
import { assign } from '../families/variables.ts';
import { resolveConfig } from '../settings/config.ts';
import { errorOf } from '../testing.ts';
import { exportGraph } from './export-graph.ts';
import { goldenGraph } from './golden.ts';
import { verifyGraph } from './verify.ts';

describe('verifyGraph', () => {
  let model: FamilyModel;
  let bytes: Uint8Array;
  let golden: GoldenGraph;
  const encoder = () => model.graphs.find(({ name }) => name === 'encoder') as GraphFunction;

  beforeAll(async () => {
    await chooseBackend('cpu');
    const config = resolveConfig({ runDir: '/nowhere', latentSize: 2, hiddenSizes: [6] });
    model = buildFamily(config, { itemShape: [4, 4, 1], valueRange: [0, 1], labelNames: [] });
    drawWeights(model.weights, 1);
    ({ bytes } = await exportGraph(encoder()));
    golden = await goldenGraph(encoder(), new Float32Array(64).fill(0.3));
  });
  afterAll(() => model.dispose());

  test('reports small errors for a good export', async () => {
    const errors = await verifyGraph('encoder', bytes, golden);
    expect(Object.keys(errors).sort()).toEqual(['log_var', 'mean']);
    for (const { maxAbs } of Object.values(errors)) expect(maxAbs).toBeLessThan(1e-5);
  });

  test('sees a single value that is off', async () => {
    const { mean, log_var } = golden.outputs as Record<'mean' | 'log_var', Tensor<'float32'>>;
    const wrong = { ...mean, data: mean.data.map((value, i) => (i === 5 ? value + 3e-4 : value)) };
    const error = await errorOf(() =>
      verifyGraph('encoder', bytes, { ...golden, outputs: { mean: wrong, log_var } }),
    );
    expect(error.code).toBe('runtime');
    expect(error.message).toMatch(/encoder.*'mean'.*0\.0003/);
  });

  test('takes an error for what it is beside the largest number of its row, and of that alone', async () => {
    const base: GraphFunction = {
      name: 'encoder',
      inputs: [{ name: 'z', dtype: 'float32', shape: [2], range: [0, 1] }],
      run: (z) => ({ out: tf.mul(z as tf.Tensor, 1) }),
    };
    const [dims, rows] = [[2, 2], Float32Array.of(1000, 0.5, 1, 0.5)];
    const graph = {
      inputs: { z: tensor(rows, dims) },
      outputs: { out: tensor(Float32Array.of(1000, 0.55, 1, 0.5), dims) },
    };
    const { bytes: identity } = await exportGraph(base);
    const within = await verifyGraph('encoder', identity, graph);
    expect(within['out']?.maxScaled).toBeCloseTo(5e-5, 6);
    const off = {
      ...graph,
      outputs: { out: tensor(Float32Array.of(1000, 0.5, 1, 0.55), dims) },
    };
    expect((await errorOf(() => verifyGraph('encoder', identity, off))).code).toBe('runtime');
  });

  test('sees outputs that are swapped, and NaN', async () => {
    const { mean, log_var } = golden.outputs as Record<'mean' | 'log_var', Tensor<'float32'>>;
    const swapped = { mean: log_var, log_var: mean };
    expect(
      (await errorOf(() => verifyGraph('encoder', bytes, { ...golden, outputs: swapped }))).code,
    ).toBe('runtime');
    const nan = { ...mean, data: mean.data.map(() => Number.NaN) };
    const outputs = { mean: nan, log_var };
    expect((await errorOf(() => verifyGraph('encoder', bytes, { ...golden, outputs }))).code).toBe(
      'runtime',
    );
  });

  test('an export of other weights does not pass', async () => {
    const bias = model.weights.find(({ name }) => name === 'encoder/mean/bias');
    if (bias) assign(bias.variable, new Float32Array(bias.variable.size).fill(0.01));
    const other = await exportGraph(encoder());
    expect((await errorOf(() => verifyGraph('encoder', other.bytes, golden))).code).toBe('runtime');
  });
});

test('indices are the same, or, where that is allowed, nearly all', async () => {
  await chooseBackend('cpu');
  const rounding: GraphFunction = {
    name: 'encoder',
    inputs: [{ name: 'z', dtype: 'float32', shape: [4], range: [-3, 3] }],
    run: (z) => ({ indices: tf.argMin(z as tf.Tensor, 1) }),
  };
  const { bytes } = await exportGraph(rounding);
  const golden = await goldenGraph(rounding, new Float32Array(0));
  const indices = golden.outputs['indices'] as Tensor<'int32'>;
  expect(indices.dtype).toBe('int32');
  expect(await verifyGraph('encoder', bytes, golden)).toEqual({
    indices: { maxAbs: 0, maxScaled: 0, setting: 'batch 1, graph optimisation disabled' },
  });
  const data = indices.data.map((value, i) => (i === 2 ? value + 1 : value));
  const another = { ...golden, outputs: { indices: { ...indices, data } } };
  const error = await errorOf(() => verifyGraph('encoder', bytes, another));
  expect(error.message).toMatch(/'indices' is off by 0\.16.*at most 0 was/);
  const limits = { error: 0, otherIndices: 0.2 };
  const allowed = await verifyGraph('encoder', bytes, another, limits);
  expect(allowed['indices']?.maxAbs).toBeCloseTo(1 / 6, 6);
});

test('golden latents: draws, zero, and the ends of the range', async () => {
  await chooseBackend('cpu');
  const identity: GraphFunction = {
    name: 'decoder',
    inputs: [{ name: 'z', dtype: 'float32', shape: [4], range: [-3, 3] }],
    run: (z) => ({ mean: tf.clone(z as tf.Tensor) }),
  };
  const latents = await goldenGraph(identity, new Float32Array(0));
  const { dims, data } = latents.inputs['z'] as Tensor<'float32'>;
  expect(dims).toEqual([6, 4]);
  expect([...data.slice(16, 20)]).toEqual([0, 0, 0, 0]);
  expect([...data.slice(20, 24)]).toEqual([3, -3, 3, -3]);
  expect(new Set(data.slice(0, 16)).size).toBe(16);
  expect(latents.outputs['mean']).toEqual(latents.inputs['z']);
  expect(await goldenGraph(identity, new Float32Array(0))).toEqual(latents);
});
