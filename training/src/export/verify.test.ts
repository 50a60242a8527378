import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chooseBackend } from '../backends/choose-backend.ts';
import { resolveConfig } from '../config.ts';
import {
  assign,
  buildMlpModel,
  disposeModel,
  initialiseWeights,
  modelWeights,
} from '../model/autoencoder-model.ts';
import { LIKELIHOODS } from '../model/likelihood.ts';
import type { Checkpoint } from '../run/checkpoint.ts';
import { errorOf } from '../testing.ts';
import { type GoldenGraph, goldenGraph, goldenItems, goldenLatents } from './golden.ts';
import { exportGraph, graphFunctions } from './graphs.ts';
import type { TrainedModel } from './trained-model.ts';
import { verifyGraph } from './verify.ts';

describe('verifyGraph', () => {
  let trained: TrainedModel;
  let bytes: Uint8Array;
  let golden: GoldenGraph;

  beforeAll(async () => {
    await chooseBackend('cpu');
    const model = buildMlpModel({ itemSize: 16, latentSize: 2, hiddenSizes: [6] });
    initialiseWeights(model, 1);
    trained = {
      model,
      likelihood: LIKELIHOODS.bernoulli,
      itemShape: [4, 4, 1],
      valueRange: [0, 1],
      data: { name: 'strokes' },
      run: { config: resolveConfig({ runDir: '/nowhere' }) } as Checkpoint,
      dispose: () => disposeModel(model),
    };
    const [encoder] = graphFunctions(trained);
    if (!encoder) throw new Error('no encoder');
    ({ bytes } = await exportGraph(encoder));
    golden = await goldenGraph(encoder, goldenItems(new Float32Array(64).fill(0.3), 16, [0, 1]));
  });
  afterAll(() => trained.dispose());

  test('reports small errors for a good export', async () => {
    const errors = await verifyGraph('encoder', bytes, golden);
    expect(Object.keys(errors).sort()).toEqual(['log_var', 'mean']);
    for (const { maxAbs } of Object.values(errors)) expect(maxAbs).toBeLessThan(1e-5);
  });

  test('sees a single value that is off', async () => {
    const { mean, log_var } = golden.outputs as Record<
      'mean' | 'log_var',
      { dims: number[]; data: number[] }
    >;
    const wrong = { ...mean, data: mean.data.map((value, i) => (i === 5 ? value + 3e-4 : value)) };
    const error = await errorOf(() =>
      verifyGraph('encoder', bytes, { ...golden, outputs: { mean: wrong, log_var } }),
    );
    expect(error.code).toBe('runtime');
    expect(error.message).toMatch(/encoder.*'mean'.*0\.0003/);
  });

  test('sees outputs that are swapped, and NaN', async () => {
    const { mean, log_var } = golden.outputs as Record<
      'mean' | 'log_var',
      { dims: number[]; data: number[] }
    >;
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
    const bias = modelWeights(trained.model).find(({ name }) => name === 'encoder/mean/bias');
    if (bias) assign(bias.variable, new Float32Array(bias.variable.size).fill(0.01));
    const [encoder] = graphFunctions(trained);
    const other = await exportGraph(encoder as NonNullable<typeof encoder>);
    expect((await errorOf(() => verifyGraph('encoder', other.bytes, golden))).code).toBe('runtime');
  });
});

test('golden latents: draws, zero, and three deviations out', () => {
  const latents = goldenLatents(4);
  expect([...latents.subarray(16, 20)]).toEqual([0, 0, 0, 0]);
  expect([...latents.subarray(20, 24)]).toEqual([3, -3, 3, -3]);
  expect(new Set(latents.subarray(0, 16)).size).toBe(16);
  expect(goldenLatents(4)).toEqual(latents);
});
