import { afterEach, expect, test } from '@jest/globals';
import { createRandom, type GraphRunner, type Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { attr, attrInt, GraphBuilder, type Model, optimize, writeModel } from '@latentkit/onnx';
import { orientProducts, type WeightNames } from './orient-products.ts';

const [ROWS, WIDE, HIDDEN, NARROW] = [6, 8, 5, 3];

let runners: GraphRunner[] = [];
afterEach(async () => {
  for (const runner of runners) await runner.dispose();
  runners = [];
});

/** x·W₁ + b, ReLU, ·W₂, and the gradients of both weights from a given δ. */
function twoLayers(): Model {
  const g = new GraphBuilder('two layers');
  const x = g.input('x', 'float32', [ROWS, WIDE]);
  const delta = g.input('delta', 'float32', [ROWS, NARROW]);
  const first = g.input('first', 'float32', [WIDE, HIDDEN]);
  const bias = g.input('bias', 'float32', [HIDDEN]);
  const second = g.input('second', 'float32', [HIDDEN, NARROW]);
  const hidden = g.node('Relu', [g.node('Gemm', [x, first, bias])]);
  g.output(g.node('Gemm', [hidden, second], {}, { output: 'y' }), 'float32', [ROWS, NARROW]);
  const below = g.node('Gemm', [delta, second], { transB: attr.int(1) });
  const masked = g.node('Mul', [below, g.node('HardSigmoid', [hidden])]);
  const gradient = (name: string, left: string, right: string, dims: number[]) =>
    g.output(
      g.node('Gemm', [left, right], { transA: attr.int(1) }, { output: name }),
      'float32',
      dims,
    );
  gradient('gradient:second', hidden, delta, [HIDDEN, NARROW]);
  gradient('gradient:first', x, masked, [WIDE, HIDDEN]);
  return g.build();
}

const WEIGHTS: WeightNames[] = ['first', 'second', 'bias'].map((input) => ({
  input,
  gradient: input === 'bias' ? undefined : `gradient:${input}`,
}));

function orient(model: Model, decided?: ReadonlySet<string>) {
  let transposed: ReadonlySet<string> | undefined;
  const oriented = optimize(model, {
    passes: [
      {
        name: 'orient',
        summary: '',
        apply(context) {
          if (transposed) return 0;
          transposed = orientProducts(context, WEIGHTS, decided);
          return 1;
        },
      },
    ],
  });
  return { oriented, transposed: transposed as ReadonlySet<string> };
}

/** Outputs by name, every matrix that is kept transposed put right again. */
async function run(model: Model, transposed: ReadonlySet<string> = new Set()) {
  const runner = await createRunner(writeModel(model), { threads: 1 });
  runners.push(runner);
  const turn = (values: Float32Array, [rows, columns]: readonly number[]) =>
    values.map(
      (_, i) =>
        values[
          (i % (rows as number)) * (columns as number) + Math.floor(i / (rows as number))
        ] as number,
    );
  const feeds = Object.fromEntries(
    runner.inputs.map(({ name, shape }): [string, Tensor] => {
      const dims = shape as number[];
      const own = transposed.has(name) ? [...dims].reverse() : dims;
      const values = createRandom(3, name).fillNormal(
        new Float32Array(own.reduce((a, b) => a * b, 1)),
      );
      return [
        name,
        { data: transposed.has(name) ? turn(values, own) : values, dims, dtype: 'float32' },
      ];
    }),
  );
  const results = await runner.run(feeds);
  return new Map(
    Object.entries(results).map(([name, { data, dims }]) => {
      const values = data as Float32Array;
      return [name, transposed.has(name.replace('gradient:', '')) ? turn(values, dims) : values];
    }),
  );
}

/** Multiplications of the products whose left factor is transposed. */
function slowWork(model: Model): number {
  const shapes = new Map(
    [...model.graph.inputs, ...model.graph.outputs].map(({ name, type }) => [
      name,
      type.kind === 'tensor' ? (type.shape as number[]) : [],
    ]),
  );
  return model.graph.nodes
    .filter((node) => node.opType === 'Gemm' && attrInt(node, 'transA', 0) === 1)
    .reduce((sum, node) => sum + (shapes.get(node.outputs[0] as string)?.[0] ?? 1), 0);
}

async function expectSame(model: Model, oriented: Model, transposed: ReadonlySet<string>) {
  const [before, after] = [await run(model), await run(oriented, transposed)];
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [name, values] of before) {
    const found = after.get(name) as Float32Array;
    const worst = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (found[i] as number))),
      0,
    );
    expect([name, found.length, worst < 1e-4]).toEqual([name, values.length, true]);
  }
}

test('turns the first layer over with its weight, and computes the same', async () => {
  const model = twoLayers();
  const { oriented, transposed } = orient(model);
  expect([...transposed]).toContain('first');
  expect(transposed.has('bias')).toBe(false);
  const first = oriented.graph.inputs.find(({ name }) => name === 'first');
  expect(first?.type).toMatchObject({ shape: [HIDDEN, WIDE] });
  expect(slowWork(oriented)).toBeLessThan(slowWork(model));
  const gradient = oriented.graph.nodes.find(({ outputs }) => outputs[0] === 'gradient:first');
  expect(gradient && attrInt(gradient, 'transA', 0)).toBe(0);
  await expectSame(model, oriented, transposed);
});

test('keeps to what another graph has decided', async () => {
  const model = twoLayers();
  for (const decided of [new Set<string>(), new Set(['second']), new Set(['first', 'second'])]) {
    const { oriented, transposed } = orient(model, decided);
    expect(transposed).toEqual(decided);
    await expectSame(model, oriented, transposed);
  }
});

test('leaves a weight that is not only multiplied as it is', () => {
  const model = twoLayers();
  model.graph.nodes.push({
    ...(model.graph.nodes[0] as (typeof model.graph.nodes)[number]),
    name: 'sum',
    opType: 'ReduceSum',
    inputs: ['first'],
    outputs: ['norm'],
    attributes: new Map(),
  });
  model.graph.outputs.push({
    name: 'norm',
    docString: '',
    type: { kind: 'tensor', dtype: 'float32', shape: null },
  });
  expect(orient(model).transposed.has('first')).toBe(false);
});

test.each([
  [256, 'transposes the left factor of a large product first'],
  [255, 'leaves the product of a smaller batch to the kernel'],
])('batches of %i: %s', async (rows) => {
  const g = new GraphBuilder('large');
  const [left, right] = [
    g.input('left', 'float32', [rows, 260]),
    g.input('right', 'float32', [rows, 270]),
  ];
  const product = g.node('Gemm', [left, right], { transA: attr.int(1) }, { output: 'product' });
  g.output(product, 'float32', [260, 270]);
  const model = g.build();
  const { oriented, transposed } = orient(model);
  const operators = oriented.graph.nodes.map(({ opType }) => opType);
  expect(operators).toEqual(rows === 256 ? ['Transpose', 'Gemm'] : ['Gemm']);
  await expectSame(model, oriented, transposed);
});
