import { expect } from '@jest/globals';
import { readModel as readOnnx, tensorToArray, writeModel } from '@latentkit/onnx';
import { errorsOf, type OutputError } from './compare.ts';
import { type GraphUnderTest, readModel } from './golden.ts';
import type { RunGraph } from './runtimes.ts';

/**
 * Largest error of an output, in units of the largest number of its row where that is beyond ±1: rows of
 * noise drive some models to numbers in the hundreds, and what cancels out among them is rounded as they are.
 */
export const TOLERANCE = { cpu: 1e-4, webgpu: 1e-3 };

const within = ({ maxScaled }: OutputError, tolerance: number) => maxScaled <= tolerance;

async function measure(run: RunGraph, { cases, bytes }: GraphUnderTest) {
  return errorsOf(
    cases,
    await run(
      bytes,
      cases.map(({ feeds }) => feeds),
    ),
  );
}

/**
 * Every graph of a model stays within the tolerance.
 *
 * @param model the model's folder
 */
export async function expectGolden(model: string, run: RunGraph, tolerance: number): Promise<void> {
  const { graphs } = await readModel(model);
  for (const graph of graphs) {
    const errors = await measure(run, graph);
    expect(Object.keys(errors)).toEqual(Object.keys(graph.cases[0]!.expected));
    for (const [name, error] of Object.entries(errors)) {
      expect({
        graph: graph.name,
        name,
        ...error,
        ok: within(error, tolerance),
      }).toMatchObject({ ok: true });
    }
  }
}

/** As {@link expectGolden}; and with weights altered, no graph stays within the tolerance. */
export async function expectParity(model: string, run: RunGraph, tolerance: number): Promise<void> {
  await expectGolden(model, run, tolerance);
  const { graphs } = await readModel(model);
  for (const graph of graphs) {
    const perturbed = await measure(run, {
      ...graph,
      cases: graph.cases.slice(-1),
      bytes: withAlteredWeights(graph.bytes),
    });
    const failed = Object.values(perturbed).filter((error) => !within(error, tolerance));
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
