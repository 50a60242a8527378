import { expect, test } from '@jest/globals';
import { assertValidModel, GraphBuilder, type Model, writeModel } from '@latentkit/onnx';
import { REPORT, reportOnRequest } from './report-on-request.ts';
import { openAsItIs } from './testing.ts';

const TERMS = ['loss', 'kl'];

/** exp(x) is wanted for itself; the loss is ln(exp(x) + x), the KL x² or, where `shared`, what the gradient is made of. */
function build(shared: boolean): Model {
  const g = new GraphBuilder('step');
  const x = g.input('x', 'float32', []);
  const exp = g.node('Exp', [x], {}, { output: 'exp' });
  const square = g.node('Mul', [x, x], {}, { output: 'kl' });
  const loss = g.node('Log', [g.node('Add', [exp, x])], {}, { output: 'loss' });
  const gradient = g.node('Neg', [shared ? square : exp], {}, { output: 'gradient' });
  for (const output of [loss, square, gradient]) g.output(output, 'float32', []);
  return g.build();
}

async function run(model: Model, x: number, report: boolean) {
  assertValidModel(model);
  const runner = await openAsItIs(writeModel(model));
  try {
    const outputs = await runner.run({
      x: { data: new Float32Array([x]), dims: [], dtype: 'float32' },
      [REPORT]: { data: new Uint8Array([Number(report)]), dims: [], dtype: 'bool' },
    });
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]]));
  } finally {
    await runner.dispose();
  }
}

test('what serves the terms alone is computed on request', async () => {
  const model = build(false);
  reportOnRequest(model, TERMS);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Exp', 'Neg', 'If']);
  const gradient = expect.closeTo(-Math.exp(2), 5);
  const terms = { loss: expect.closeTo(Math.log(Math.exp(2) + 2), 5), kl: 4 };
  expect(await run(model, 2, true)).toEqual({ ...terms, gradient });
  expect(await run(model, 2, false)).toEqual({ loss: Number.NaN, kl: Number.NaN, gradient });
});

test('a term that something else goes by is computed in any case', async () => {
  const model = build(true);
  reportOnRequest(model, TERMS);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Mul', 'Neg', 'If']);
  expect(await run(model, 3, false)).toEqual({ loss: Number.NaN, kl: 9, gradient: -9 });
});

test('without anything that serves the terms alone, the nodes stay as they are', async () => {
  const model = build(true);
  reportOnRequest(model, ['kl']);
  expect(model.graph.nodes.map(({ opType }) => opType)).not.toContain('If');
  expect(await run(model, 3, false)).toMatchObject({ kl: 9, gradient: -9 });
});
