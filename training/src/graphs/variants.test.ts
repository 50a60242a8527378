import { expect, test } from '@jest/globals';
import { type GoldenGraph, tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { GraphBuilder, writeModel } from '@latentkit/onnx';
import { makeVariant } from './variants.ts';

const WIDTH = 64;

/** Two products of 4,096 weights: with ones on the diagonal, and what `weight` says. */
function products(weight: (index: number) => number): Uint8Array {
  const g = new GraphBuilder('encoder');
  const x = g.input('x', 'float32', ['batch', WIDTH]);
  const matrix = (name: string, value: (index: number) => number) =>
    g.initializer(
      name,
      Float32Array.from({ length: WIDTH * WIDTH }, (_, i) => value(i)),
      [WIDTH, WIDTH],
    );
  const diagonal = matrix('diagonal', (i) => (i % (WIDTH + 1) === 0 ? 1 : 0));
  const first = g.node('MatMul', [x, diagonal], {}, { output: 'first' });
  const second = g.node('MatMul', [first, matrix('weight', weight)], {}, { output: 'second' });
  g.output(
    g.node('Clip', [
      second,
      g.initializer('low', new Float32Array([-1]), []),
      g.initializer('high', new Float32Array([1]), []),
    ]),
    'float32',
    ['batch', WIDTH],
    'mean',
  );
  return writeModel(g.build());
}

async function goldenOf(bytes: Uint8Array): Promise<GoldenGraph> {
  // The first input is 0 in every row.
  const values = Float32Array.from({ length: 4 * WIDTH }, (_, i) => (i % WIDTH ? Math.sin(i) : 0));
  const inputs = { x: tensor(values, [4, WIDTH]) };
  const runner = await createRunner(bytes, { optimization: 'disabled' });
  try {
    return { inputs, outputs: await runner.run(inputs) };
  } finally {
    await runner.dispose();
  }
}

test('a graph that takes 8 bits well is converted as a whole', async () => {
  const bytes = products((i) => (i % (WIDTH + 1) === 0 ? 0.5 : 0));
  const variant = await makeVariant('int8', bytes, await goldenOf(bytes));
  expect(variant.kept).toEqual([]);
  expect(variant.error).toBeGreaterThan(0);
  expect(variant.error).toBeLessThan(0.02);
  expect(variant.bytes.length).toBeLessThan(bytes.length / 2);
});

test('a product of which 8 bits would leave nothing stays in float32', async () => {
  // One weight a channel, of an input that is always 0, takes all 256 steps of the channel's range.
  const bytes = products((i) => {
    if (i < WIDTH) return 1000;
    return i % (WIDTH + 1) === 0 ? 0.9 : 0;
  });
  const variant = await makeVariant('int8', bytes, await goldenOf(bytes));
  expect(variant.kept).toEqual(['second']);
  expect(variant.error).toBeLessThan(0.02);
  expect(variant.bytes.length).toBeGreaterThan(bytes.length / 2);
  expect(variant.bytes.length).toBeLessThan(0.7 * bytes.length);
});

test('what leaves nothing to convert is refused, with what to do', async () => {
  const bytes = products((i) => (i % (WIDTH + 1) === 0 ? 1 : 0));
  const golden = await goldenOf(bytes);
  const mean = golden.outputs['mean']!;
  const other = { ...mean, data: (mean.data as Float32Array).map((value) => value + 1) };
  const wrong = { ...golden, outputs: { mean: other } } as GoldenGraph;
  await expect(makeVariant('int8', bytes, wrong)).rejects.toMatchObject({
    code: 'runtime',
    message: expect.stringMatching(/encoder.*int8.*Export without int8/),
  });
});
