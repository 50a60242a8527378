import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { attr, GraphBuilder, type Model, readModel, writeModel } from '@latentkit/onnx';
import { readCard, readGraph } from '../model-folder.ts';
import { inlineGraph } from './inline-graph.ts';
import { splitGraph } from './split-graph.ts';

const random = createRandom(3);
const numbers = (...dims: number[]) => ({
  data: random.fillNormal(new Float32Array(dims.reduce((size, dim) => size * dim, 1))),
  dims,
  dtype: 'float32' as const,
});

/** z = (x w) ∘ eps + x + Σ (x w), and the mean x w, which does not depend on eps. */
function encoder(expand = false): Model {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['batch', 3]);
  const eps = g.input('eps', 'float32', ['batch', 3]);
  const w = g.initializer('w', numbers(3, 3).data, [3, 3]);
  const mean = g.node('Gemm', [x, w], {}, { output: 'mean' });
  const axis = g.initializer('axis', BigInt64Array.of(0n), [1]);
  const one = g.initializer('one', BigInt64Array.of(1n), [1]);
  const scale = expand ? g.node('Unsqueeze', [mean, axis]) : mean;
  const spread = g.node('Transpose', [g.node('Add', [g.node('Mul', [scale, eps]), x])]);
  const total = g.node('ReduceSum', [mean, one], { keepdims: attr.int(0) }, { output: 'total' });
  const z = g.node('Transpose', [g.node('Add', [spread, total])], {}, { output: 'z' });
  g.output(z, 'float32', expand ? [1, 'batch', 3] : ['batch', 3]);
  g.output(mean, 'float32', ['batch', 3]);
  return g.build();
}

test('the halves, joined again, are the whole; the first one knows nothing of the input', async () => {
  const whole = encoder();
  const split = splitGraph(whole, 'eps');
  if (!split) throw new Error('not split');
  expect(split.before.graph.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(split.before.graph.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'ReduceSum']);
  const cut = split.before.graph.outputs.map(({ name }) => name).sort();
  expect(cut).toEqual(['mean', 'total', 'x']);
  expect(split.after.graph.outputs.map(({ name }) => name)).toEqual(['z']);

  const g = new GraphBuilder('joined');
  const inputs = { x: g.input('x', 'float32', [1, 3]), eps: g.input('eps', 'float32', [4, 3]) };
  const once = inlineGraph(g, split.before, { x: inputs.x });
  const { z } = inlineGraph(g, split.after, { ...once, eps: inputs.eps });
  g.output(
    g.node(
      'Mul',
      [z as string, g.initializer('one', Float32Array.of(1), [])],
      {},
      { output: 'out' },
    ),
    'float32',
    [4, 3],
  );
  const [x, eps] = [numbers(1, 3), numbers(4, 3)];
  const joined = await createRunner(writeModel(g.build()));
  const original = await createRunner(writeModel(whole));
  const repeated = {
    ...x,
    data: Float32Array.from({ length: 12 }, (_, i) => x.data[i % 3] as number),
    dims: [4, 3],
  };
  const actual = (await joined.run({ x, eps }))['out']?.data as Float32Array;
  const expected = (await original.run({ x: repeated, eps }))['z']?.data as Float32Array;
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
  await joined.dispose();
  await original.dispose();
});

test('a flow as it is exported: the networks of the item are asked once, the steps for each draw', async () => {
  const folder = join(__dirname, '../../../../models/strokes-flow');
  const model = readModel(await readGraph(folder, await readCard(folder), 'encoder'));
  const split = splitGraph(model, 'eps');
  const named = (half: Model | undefined, part: RegExp) =>
    half?.graph.nodes.filter(({ name }) => part.test(name)).length;
  expect(named(split?.before, /hidden/)).toBe(named(model, /hidden/));
  expect(named(split?.before, /hidden/)).toBeGreaterThan(0);
  expect(split?.after.graph.nodes.length).toBeGreaterThan(10);
});

test('nothing but values of each item is cut through', () => {
  expect(splitGraph(encoder(true), 'eps')).toBeUndefined();
});
