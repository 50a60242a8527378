import { describe, expect, test } from '@jest/globals';
import { attr } from './attributes.ts';
import { OnnxError } from './errors.ts';
import type { Model } from './ir.ts';
import { optimize } from './optimize.ts';
import { PASSES } from './passes/registry.ts';
import { printModel } from './print/print-model.ts';
import type { Pass } from './rewrite/pass.ts';
import { expectForeignKept, withForeign } from './testing/foreign-nodes.ts';
import { randomModel } from './testing/random-models.ts';
import {
  difference,
  feedsFor,
  identical,
  integer,
  operators,
  problemsOf,
  run,
  seeded,
  TestGraph,
} from './testing/run-passes.ts';
import { writeModel } from './wire/write-model.ts';

async function expectSame(before: Model, after: Model, tolerance: number, batch = 3) {
  const feeds = feedsFor(before, seeded(99), batch);
  const [a, b] = [await run(before, feeds), await run(after, feeds)];
  expect(Object.keys(b)).toEqual(Object.keys(a));
  for (const name of Object.keys(a)) {
    expect(difference(a[name], b[name])).toBeLessThanOrEqual(tolerance);
  }
}

describe('optimize on random graphs', () => {
  const counts = { before: 0, after: 0 };

  test.each(Array.from({ length: 120 }, (_, seed) => seed))('seed %i', async (seed) => {
    const random = seeded(seed);
    const model = randomModel(random, integer(random, 4, 24));
    const text = printModel(model);
    const result = optimize(model);
    expect(printModel(model)).toBe(text);
    expect(problemsOf(model)).toEqual([]);
    expect(problemsOf(result)).toEqual([]);
    expect(printModel(optimize(result))).toBe(printModel(result));
    expect(writeModel(optimize(model))).toEqual(writeModel(result));
    await expectSame(model, result, 2e-5, 1 + (seed % 3));
    counts.before += operators(model).length;
    counts.after += operators(result).length;
  });

  const others = [13, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26];
  test.each(others.flatMap((opset) => [1, 2, 3].map((seed) => [opset, seed] as const)))(
    'of operator set %i, seed %i',
    async (opset, seed) => {
      const model = randomModel(seeded(1000 * opset + seed), 24, false, opset);
      const result = optimize(model);
      expect(problemsOf(model)).toEqual([]);
      expect(problemsOf(result)).toEqual([]);
      expect(operators(result).length).toBeLessThan(operators(model).length);
      await expectSame(model, result, 2e-5, seed);
    },
  );

  test('makes them smaller', () => {
    expect(counts.after).toBeLessThan(0.7 * counts.before);
  });
});

describe('passes that move, drop or share values', () => {
  const exact = PASSES.filter(
    ({ name }) =>
      !/^(fuse-matmul|collapse|fold-(?!constants)|push-|simplify-reductions)/.test(name),
  );

  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'change no bit, seed %i',
    async (seed) => {
      const random = seeded(seed + 500);
      const model = randomModel(random, integer(random, 4, 24), true);
      const result = optimize(model, { passes: exact });
      const feeds = feedsFor(model, seeded(seed), 2, true);
      const [before, after] = [await run(model, feeds), await run(result, feeds)];
      for (const name of Object.keys(before)) {
        expect([name, identical(before[name], after[name])]).toEqual([name, true]);
      }
    },
  );
});

/** A convolutional encoder as tfjs writes it: NHWC around every Conv. */
function convEncoder(channels: number): Model {
  const g = new TestGraph(seeded(1));
  const conv = (v: string, from: number, to: number) => {
    const nchw = g.node('Transpose', [v], { perm: attr.ints([0, 3, 1, 2]) });
    const y = g.node('Conv', [nchw, g.weight([to, from, 3, 3])], {
      strides: attr.ints([2, 2]),
      pads: attr.ints([0, 0, 1, 1]),
    });
    const nhwc = g.node('Transpose', [y], { perm: attr.ints([0, 2, 3, 1]) });
    const scaled = g.node('Mul', [g.node('Add', [nhwc, g.weight([to])]), g.weight([to])]);
    return g.node('Relu', [g.node('Add', [scaled, g.weight([to])])]);
  };
  const features = conv(conv(g.x(['batch', 28, 28, channels]), channels, 8), 8, 16);
  const flat = g.node('Reshape', [features, g.longs([-1, 784])]);
  const hidden = g.node('Add', [g.node('MatMul', [flat, g.weight([784, 12])]), g.weight([12])]);
  for (const head of ['mean', 'log_var']) {
    const product = g.node('MatMul', [g.node('Relu', [hidden]), g.weight([12, 2])]);
    g.output(g.node('Add', [product, g.weight([2])], {}, { output: head }), 'float32', [
      'batch',
      2,
    ]);
  }
  return g.build();
}

describe('optimize on models as exporters write them', () => {
  test('a conv encoder keeps no Transpose beyond its entry', async () => {
    const rest = ['Conv', 'Relu', 'Conv', 'Relu', 'Reshape', 'Gemm', 'Relu', 'Gemm', 'Gemm'];
    for (const channels of [1, 3]) {
      const model = convEncoder(channels);
      const result = optimize(model);
      expect(operators(result)).toEqual([channels === 1 ? 'Reshape' : 'Transpose', ...rest]);
      expect(result.graph.outputs.map((output) => output.name)).toEqual(['mean', 'log_var']);
      await expectSame(model, result, 1e-5);
    }
  });

  test('a conv decoder keeps no Transpose before its end', async () => {
    const g = new TestGraph(seeded(1));
    const up = (v: string, from: number, to: number) => {
      const nchw = g.node('Transpose', [v], { perm: attr.ints([0, 3, 1, 2]) });
      const y = g.node('ConvTranspose', [nchw, g.weight([from, to, 3, 3])], {
        strides: attr.ints([2, 2]),
        pads: attr.ints([0, 0, 1, 1]),
        output_padding: attr.ints([1, 1]),
      });
      const nhwc = g.node('Transpose', [y], { perm: attr.ints([0, 2, 3, 1]) });
      return g.node('Add', [nhwc, g.weight([to])]);
    };
    const z = g.x(['batch', 4], 'z');
    const hidden = g.node('Add', [g.node('MatMul', [z, g.weight([4, 784])]), g.weight([784])]);
    const image = g.node('Reshape', [g.node('Relu', [hidden]), g.longs([-1, 7, 7, 16])]);
    g.y(g.node('Sigmoid', [up(g.node('Relu', [up(image, 16, 8)]), 8, 3)]));
    const model = g.build();
    const result = optimize(model);
    expect(operators(result)).toEqual(
      'Gemm Relu Reshape ConvTranspose Relu ConvTranspose Transpose Sigmoid'.split(' '),
    );
    await expectSame(model, result, 1e-5);
  });

  test('a training step keeps its products, sums and element-wise work alone', async () => {
    const g = new TestGraph(seeded(1));
    const [x, target, rate] = [g.x(['batch', 6]), g.x(['batch', 3], 'target'), g.x([], 'rate')];
    const [w1, b1, w2, b2] = [g.x([6, 5], 'w1'), g.x([5], 'b1'), g.x([5, 3], 'w2'), g.x([3], 'b2')];
    const same = (v: string) => g.node('Identity', [v]);
    const turn = (v: string) => g.node('Transpose', [v], { perm: attr.ints([1, 0]) });
    const sumTo = (v: string, width: number) => {
      const sum = g.node('ReduceSum', [v, g.longs([0])], { keepdims: attr.int(1) });
      return g.node('Reshape', [sum, g.longs([width])]);
    };
    const before = g.node('Add', [g.node('MatMul', [same(x), same(w1)]), same(b1)]);
    const hidden = g.node('Relu', [before]);
    const y = g.node('Add', [g.node('MatMul', [hidden, w2]), b2]);
    const error = g.node('Sub', [y, same(target)]);
    const squares = g.node('Mul', [error, error]);
    g.y(g.node('ReduceMean', [squares], { keepdims: attr.int(0) }));

    // The gradient of the loss, tiled from a scalar as a tape does it.
    const shape = g.node('Shape', [squares]);
    const one = g.node('Reshape', [g.scalar(1), g.longs([1, 1])]);
    const dLoss = g.node('Expand', [one, shape]);
    const dError = g.node('Mul', [same(dLoss), g.node('Mul', [error, g.scalar(2)])]);
    const dY = g.node('Mul', [dError, g.node('Cast', [g.scalar(0.25)], { to: attr.int(1) })]);
    const positive = g.node('Greater', [before, g.scalar(0)]);
    const step = g.node('Cast', [g.node('Cast', [positive], { to: attr.int(6) })], {
      to: attr.int(1),
    });
    const dHidden = g.node('Mul', [g.node('MatMul', [dY, turn(same(w2))]), step]);
    const gradients: [string, string][] = [
      [w1, g.node('MatMul', [turn(same(x)), dHidden])],
      [b1, sumTo(same(dHidden), 5)],
      [w2, g.node('MatMul', [turn(hidden), dY])],
      [b2, sumTo(dY, 3)],
    ];
    for (const [variable, gradient] of gradients) {
      const change = g.node('Mul', [g.node('Neg', [gradient]), same(rate)]);
      g.y(g.node('Add', [variable, change]));
    }
    const model = g.build();
    const result = optimize(model);
    expect(operators(result).sort()).toEqual(
      [
        ...['Gemm', 'Relu', 'Gemm', 'Sub', 'Mul', 'ReduceMean'],
        ...['Mul', 'Mul', 'Greater', 'Cast', 'Gemm', 'Mul'],
        ...['Gemm', 'ReduceSum', 'Gemm', 'ReduceSum'],
        ...['Mul', 'Sub', 'Mul', 'Sub', 'Mul', 'Sub', 'Mul', 'Sub'],
      ].sort(),
    );
    for (const batch of [1, 7]) await expectSame(model, result, 1e-6, batch);
  });

  test('a dense layer on rank 3 that is rank 2 in fact becomes a Gemm', async () => {
    const g = new TestGraph(seeded(1));
    const wide = g.node('Reshape', [g.x(['batch', 6]), g.longs([1, -1, 6])]);
    const product = g.node('MatMul', [
      wide,
      g.node('Reshape', [g.weight([6, 4]), g.longs([1, 6, 4])]),
    ]);
    const rows = g.node('Reshape', [product, g.longs([-1, 4])]);
    g.y(g.node('Add', [rows, g.weight([4])]));
    const model = g.build();
    const result = optimize(model);
    expect(operators(result)).toEqual(['Gemm']);
    await expectSame(model, result, 1e-6);
  });
});

/** What may be done without a look at the operators. */
const ONCE = ['remove-dead', 'merge-duplicate-initializers'];

describe('optimize', () => {
  const model = convEncoder(1);

  test('runs the passes that are asked for', () => {
    expect(optimize(model, { passes: [] })).toEqual(model);
    const fused = operators(optimize(model, { passes: ['fuse-matmul-add'] }));
    expect(fused.filter((op) => op === 'Gemm')).toHaveLength(3);
    expect(fused.filter((op) => op === 'Transpose')).toHaveLength(4);
  });

  test('keeps values by name', async () => {
    const result = optimize(model, { keepNames: ['Relu_1_out', 'Reshape_out'] });
    const outputs = result.graph.nodes.flatMap((node) => node.outputs);
    expect(outputs).toEqual(expect.arrayContaining(['Relu_1_out', 'Reshape_out']));
    const declared = { kind: 'tensor' as const, dtype: 'float32' as const };
    const watch = (m: Model) => {
      const names = ['Relu_1_out', 'Reshape_out'];
      const type = { Relu_1_out: [null, null, null, null], Reshape_out: [null, null] };
      const watched = names.map((name) => ({
        name,
        type: { ...declared, shape: type[name as keyof typeof type] },
        docString: '',
      }));
      return { ...m, graph: { ...m.graph, outputs: [...m.graph.outputs, ...watched] } };
    };
    await expectSame(watch(model), watch(result), 1e-5);
  });

  test('refuses what it does not know', () => {
    const code = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return OnnxError.isInstance(error) ? error.code : error;
      }
      return 'no error';
    };
    expect(code(() => optimize(model, { passes: ['fuse-everything'] }))).toBe('invalid-argument');
    expect(code(() => optimize(model, { keepNames: ['nowhere'] }))).toBe('invalid-argument');
    for (const opset of [12, 27]) {
      expect(code(() => optimize({ ...model, opsets: new Map([['', opset]]) }))).toBe(
        'unsupported',
      );
    }
    expect(code(() => optimize({ ...model, opsets: new Map([['com.example', 1]]) }))).toBe(
      'unsupported',
    );
  });

  test('stops passes that undo each other, and names them', () => {
    const swap = (from: string, to: string): Pass => ({
      name: `${from}-to-${to}`,
      summary: '',
      apply({ view }) {
        const nodes = [...view.nodes()].filter((node) => node.opType === from);
        for (const node of nodes) node.opType = to;
        return nodes.length;
      },
    });
    const passes = [swap('Relu', 'Abs'), swap('Abs', 'Relu'), 'remove-dead'];
    expect(() => optimize(model, { passes })).toThrow(
      expect.objectContaining({
        code: 'limit',
        message: expect.stringMatching(/Relu-to-Abs, Abs-to-Relu still rewrite/),
      }),
    );
    const restless: Pass = { name: 'restless', summary: '', apply: () => 1 };
    expect(() => optimize(model, { passes: [restless] })).toThrow(/restless still rewrites/);
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'leaves operators of other domains as they are, whatever their names, seed %i',
    (seed) => {
      const random = seeded(seed + 900);
      const model = randomModel(random, integer(random, 4, 24));
      const some = withForeign(model, ({ opType }) => opType !== 'Transpose' && random() < 0.3);
      expectForeignKept(some, optimize(some));
      const all = withForeign(optimize(model, { passes: ONCE }), () => true);
      for (const { name } of PASSES) {
        expect([name, printModel(optimize(all, { passes: [name] }))]).toEqual([
          name,
          printModel(all),
        ]);
      }
    },
  );

  test('leaves operators of other domains alone', () => {
    const g = new TestGraph(seeded(1));
    const x = g.x(['batch', 3]);
    g.y(
      g.node(
        'Identity',
        [g.node('Relu', [g.node('Relu', [x], {}, { domain: 'other' })])],
        {},
        { domain: 'other' },
      ),
    );
    const foreign = g.build();
    foreign.opsets.set('other', 1);
    expect(printModel(optimize(foreign))).toBe(printModel(foreign));
  });
});
