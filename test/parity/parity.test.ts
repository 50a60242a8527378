import { describe, expect, test } from '@jest/globals';
import { readModel as readOnnx, tensorToArray, writeModel } from '@latentkit/onnx';
import { withLibrary } from '../browser/with-library.ts';
import { errorsOf, type OutputError } from './compare.ts';
import { type GraphUnderTest, MODEL_NAMES, readModel } from './golden.ts';
import { inChromium, inNode, inNodeWasm, type RunGraph } from './runtimes.ts';

/**
 * The exported models give, on every runtime, what tfjs gave when they were exported: on ordinary,
 * zero and extreme rows, at batch 1, 2, 3 and all.
 */

/** Largest absolute error of every output but logits, whose error is taken relative to their size beyond ±1. */
const TOLERANCE = { cpu: 1e-4, webgpu: 1e-3 };

const within = (name: string, { maxAbs, maxScaled }: OutputError, tolerance: number) =>
  (name === 'logits' ? maxScaled : maxAbs) <= tolerance;

async function measure(run: RunGraph, { cases, bytes }: GraphUnderTest) {
  return errorsOf(
    cases,
    await run(
      bytes,
      cases.map(({ feeds }) => feeds),
    ),
  );
}

/** Every graph of the model stays within the tolerance; with weights altered, it does not. */
async function expectParity(model: string, run: RunGraph, tolerance: number): Promise<void> {
  const { graphs } = await readModel(model);
  for (const graph of graphs) {
    const errors = await measure(run, graph);
    expect(Object.keys(errors)).toEqual(Object.keys(graph.cases[0]!.expected));
    for (const [name, error] of Object.entries(errors)) {
      expect({
        graph: graph.name,
        name,
        ...error,
        ok: within(name, error, tolerance),
      }).toMatchObject({ ok: true });
    }
    const perturbed = await measure(run, {
      ...graph,
      cases: graph.cases.slice(-1),
      bytes: withAlteredWeights(graph.bytes),
    });
    const failed = Object.entries(perturbed).filter(([name, e]) => !within(name, e, tolerance));
    expect(failed).not.toEqual([]);
  }
}

/** The model with every weight off by 0.05. */
function withAlteredWeights(bytes: Uint8Array): Uint8Array {
  const model = readOnnx(bytes);
  for (const weights of model.graph.initializers.values()) {
    if (weights.dtype !== 'float32') continue;
    const values = (tensorToArray(weights) as Float32Array).map((value) => value + 0.05);
    weights.raw = new Uint8Array(values.buffer);
  }
  return writeModel(model);
}

test('there are models to compare', () => {
  expect(MODEL_NAMES).toContain('mnist-vae');
});

describe.each(MODEL_NAMES)('%s', (model) => {
  test('has ordinary, zero and extreme rows, at batch 1, 2, an odd one and all', async () => {
    const { graphs, card } = await readModel(model);
    expect(graphs.map(({ name }) => name)).toEqual(expect.arrayContaining(['encoder', 'decoder']));
    for (const { cases } of graphs) {
      const batches = cases.map(({ feeds }) => Object.values(feeds)[0]?.dims[0] ?? 0);
      expect(batches).toEqual(expect.arrayContaining([1, 2, 3]));
    }
    const x = graphs
      .find(({ name }) => name === 'encoder')!
      .cases.filter(({ batch }) => batch === 1)
      .map(({ feeds }) => feeds['x']!.data);
    for (const extreme of card.item.range) {
      expect(x.some((row) => row.every((value) => value === extreme))).toBe(true);
    }
  });

  test.each(['disabled', 'all'] as const)('onnxruntime-node, optimisation %s', async (level) => {
    await expectParity(model, inNode(level), TOLERANCE.cpu);
  });

  test('WASM in Node', async () => {
    await expectParity(model, inNodeWasm, TOLERANCE.cpu);
  });

  test('WASM in Chromium', async () => {
    await withLibrary((context) => expectParity(model, inChromium(context, 'wasm'), TOLERANCE.cpu));
  });

  test('WebGPU in Chromium', async () => {
    await withLibrary((context) =>
      expectParity(model, inChromium(context, 'webgpu'), TOLERANCE.webgpu),
    );
  });
});
