import { describe, expect, test } from '@jest/globals';
import { attr } from '../../attributes.ts';
import type { Attribute } from '../../ir.ts';
import { tensorToArray } from '../../tensor.ts';
import { choice, randomFloats, run, seeded, TestGraph } from '../../testing/run-passes.ts';
import { evaluateNode, OPERATORS } from './evaluate-node.ts';

/** Makes a node on constants; returns the value that it gives. */
type Build = (g: TestGraph) => string;

const SPECIAL = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 1e-40, 3e38, -3e38, Infinity, -Infinity, NaN];

/** Floats of which some are special, none NaN where `finite`. */
function floats(g: TestGraph, dims: number[], finite = false): string {
  const count = dims.reduce((a, b) => a * b, 1);
  const values = randomFloats(g.random, count).map((value) =>
    g.random() < 0.4 ? choice(g.random, finite ? SPECIAL.slice(0, 8) : SPECIAL) : value,
  );
  return g.floats([...values], dims);
}

const bools = (g: TestGraph, dims: number[]) => {
  const count = dims.reduce((a, b) => a * b, 1);
  return g.initializer(
    'b',
    'bool',
    Array.from({ length: count }, () => g.random() < 0.5),
    dims,
  );
};

const axis = (value: number): Record<string, Attribute> => ({ axis: attr.int(value) });

const unary =
  (op: string): Build =>
  (g) =>
    g.node(op, [floats(g, [3, 5])]);
const binary =
  (op: string): Build =>
  (g) =>
    g.node(op, [floats(g, [3, 5]), floats(g, [2, 1, 5])]);
const logical =
  (op: string): Build =>
  (g) =>
    g.node(op, [bools(g, [3, 4]), bools(g, [4])]);
const reduce =
  (op: string, keep: 0 | 1): Build =>
  (g) => {
    const keepdims = { keepdims: attr.int(keep) };
    const x = floats(g, [3, 4, 5], true);
    if (op === 'ReduceSum') return g.node(op, [x, g.longs([0, -1])], keepdims);
    return g.node(op, [x], { axes: attr.ints([0, 2]), ...keepdims });
  };

/** Bit for bit what ONNX Runtime gives. */
const EXACT: Record<string, Build[]> = {
  Abs: [unary('Abs')],
  Add: [binary('Add'), (g) => g.node('Add', [g.longs([1, -5]), g.longs([7])])],
  And: [logical('And')],
  Cast: [
    (g) => g.node('Cast', [floats(g, [5], true)], { to: attr.int(7) }),
    (g) => g.node('Cast', [floats(g, [9])], { to: attr.int(9) }),
    (g) => g.node('Cast', [bools(g, [9])], { to: attr.int(1) }),
    (g) => g.node('Cast', [g.longs([2 ** 24 + 1, -3])], { to: attr.int(1) }),
  ],
  Ceil: [unary('Ceil')],
  Clip: [(g) => g.node('Clip', [floats(g, [9], true), g.scalar(-1), g.scalar(0.7)])],
  Concat: [(g) => g.node('Concat', [floats(g, [2, 1]), floats(g, [2, 3])], axis(-1))],
  Div: [binary('Div'), (g) => g.node('Div', [g.longs([7, -7, 0]), g.longs([2, 2, -3])])],
  Equal: [binary('Equal')],
  Expand: [(g) => g.node('Expand', [floats(g, [3, 1]), g.longs([2, 1, 4])])],
  Flatten: [(g) => g.node('Flatten', [floats(g, [2, 3, 4])], axis(-1))],
  Floor: [unary('Floor')],
  Gather: [(g) => g.node('Gather', [floats(g, [3, 4, 2]), g.longs([-1, 0, 2])], axis(1))],
  Greater: [binary('Greater')],
  GreaterOrEqual: [binary('GreaterOrEqual')],
  Identity: [unary('Identity')],
  IsNaN: [unary('IsNaN')],
  LeakyRelu: [unary('LeakyRelu')],
  Less: [binary('Less')],
  LessOrEqual: [binary('LessOrEqual')],
  Max: [(g) => g.node('Max', [floats(g, [3, 4], true), floats(g, [4], true), floats(g, [], true)])],
  Min: [(g) => g.node('Min', [floats(g, [3, 4], true), floats(g, [4], true), floats(g, [], true)])],
  Mod: [
    (g) => g.node('Mod', [g.longs([8, -8, 7, -7, 0]), g.longs([5, 5, -5, -5, 3])]),
    (g) =>
      g.node('Mod', [g.longs([8, -8, 7, -7, 0]), g.longs([5, 5, -5, -5, 3])], {
        fmod: attr.int(1),
      }),
  ],
  Mul: [binary('Mul'), (g) => g.node('Mul', [g.longs([0, -5]), g.longs([-7])])],
  Neg: [unary('Neg')],
  Not: [(g) => g.node('Not', [bools(g, [7])])],
  Or: [logical('Or')],
  Pad: [(g) => g.node('Pad', [floats(g, [2, 3]), g.longs([0, 1, 2, 0]), g.scalar(9)])],
  Relu: [(g) => g.node('Relu', [g.floats([1, -1, 0, Infinity, -Infinity, 1e-40])])],
  Reshape: [(g) => g.node('Reshape', [floats(g, [2, 3, 4]), g.longs([0, -1, 2])])],
  Round: [unary('Round')],
  Sign: [unary('Sign')],
  Slice: [
    (g) =>
      g.node('Slice', [
        floats(g, [4, 5]),
        g.longs([-1, 9]),
        g.longs([-9, 1]),
        g.longs([0, -1]),
        g.longs([-2, -1]),
      ]),
    (g) => g.node('Slice', [floats(g, [4, 5]), g.longs([1]), g.longs([99])]),
    // Up to the edge, as PyTorch writes it: no number holds these.
    (g) => {
      const edges = g.initializer('edges', BigInt64Array.of(2n ** 63n - 1n, 1n - 2n ** 63n), [2]);
      const steps = g.longs([1, -1]);
      return g.node('Slice', [floats(g, [4, 5]), g.longs([1, -1]), edges, g.longs([0, 1]), steps]);
    },
  ],
  Sqrt: [unary('Sqrt')],
  Squeeze: [(g) => g.node('Squeeze', [floats(g, [1, 3, 1]), g.longs([-1])])],
  Sub: [binary('Sub')],
  Sum: [(g) => g.node('Sum', [floats(g, [3, 4]), floats(g, [4]), floats(g, [])])],
  Tile: [(g) => g.node('Tile', [floats(g, [2, 3]), g.longs([3, 2])])],
  Transpose: [(g) => g.node('Transpose', [floats(g, [2, 3, 4])], { perm: attr.ints([2, 0, 1]) })],
  Unsqueeze: [(g) => g.node('Unsqueeze', [floats(g, [2, 3]), g.longs([-1, 0])])],
  // Of weights, since ONNX Runtime's Where gives 0 for −0.
  Where: [(g) => g.node('Where', [bools(g, [3, 1]), g.weight([4]), g.weight([3, 4])])],
  Xor: [logical('Xor')],
  ReduceMax: [reduce('ReduceMax', 0), reduce('ReduceMax', 1)],
  ReduceMin: [reduce('ReduceMin', 0), reduce('ReduceMin', 1)],
};

/** Where runtimes differ in the last places: relative to the largest result. */
const CLOSE: Record<string, Build[]> = {
  Cos: [(g) => g.node('Cos', [g.weight([20])])],
  Exp: [(g) => g.node('Exp', [g.weight([20])])],
  Log: [(g) => g.node('Log', [g.node('Abs', [g.weight([20])])])],
  Pow: [(g) => g.node('Pow', [g.floats([2, 3, 0.5]), g.floats([3, 0.5, -2])])],
  Reciprocal: [unary('Reciprocal')],
  Sigmoid: [(g) => g.node('Sigmoid', [g.weight([20])])],
  Sin: [(g) => g.node('Sin', [g.weight([20])])],
  Softplus: [(g) => g.node('Softplus', [g.weight([20])])],
  Tanh: [(g) => g.node('Tanh', [g.weight([20])])],
  MatMul: [(g) => g.node('MatMul', [g.weight([3, 4]), g.weight([4, 5])])],
  Gemm: [
    (g) =>
      g.node('Gemm', [g.weight([4, 3]), g.weight([5, 4])], {
        transA: attr.int(1),
        transB: attr.int(1),
        alpha: attr.float(0.3),
      }),
  ],
  ReduceMean: [reduce('ReduceMean', 0)],
  ReduceProd: [reduce('ReduceProd', 1)],
  ReduceSum: [reduce('ReduceSum', 0)],
  ReduceSumSquare: [reduce('ReduceSumSquare', 1)],
};

async function compare(build: Build, seed: number) {
  const g = new TestGraph(seeded(seed));
  const name = build(g);
  const values = new Map(g.graph.initializers);
  let ours: ReturnType<typeof evaluateNode>;
  for (const node of g.graph.nodes) {
    ours = evaluateNode(
      node,
      node.inputs.map((input) => values.get(input)),
      17,
    );
    const [result] = ours ?? [];
    if (result) values.set(node.outputs[0] as string, { ...result, name: '' });
  }
  g.y(name);
  const theirs = (await run(g.build(), {}))[name];
  const tensor = values.get(name);
  expect(ours).toHaveLength(1);
  expect(tensor?.dims).toEqual(theirs?.dims);
  expect(tensor?.dtype).toBe(theirs?.type);
  const got = Array.from(tensorToArray(tensor as never) as ArrayLike<number | bigint>, Number);
  return { got, wanted: theirs?.values ?? [] };
}

describe('evaluateNode', () => {
  test.each(Object.entries(EXACT))('%s is what ONNX Runtime computes', async (_, builds) => {
    for (const build of builds) {
      for (const seed of [1, 2, 3]) {
        const { got, wanted } = await compare(build, seed);
        expect(got).toEqual(wanted);
      }
    }
  });

  test.each(Object.entries(CLOSE))('%s is close to ONNX Runtime', async (_, builds) => {
    for (const build of builds) {
      const { got, wanted } = await compare(build, 1);
      expect(got).toHaveLength(wanted.length);
      const finite = wanted.filter(Number.isFinite).map(Math.abs);
      const scale = Math.max(...finite, 1);
      got.forEach((value, i) => {
        const other = wanted[i] as number;
        const same = Object.is(value, other) || value === other;
        expect(same ? 0 : Math.abs(value - other) / scale).toBeLessThan(1e-6);
      });
    }
  });

  test('every operator is compared', () => {
    expect([...Object.keys(EXACT), ...Object.keys(CLOSE)].sort()).toEqual([...OPERATORS].sort());
  });

  test('leaves errors and overflow to the runtime', () => {
    const g = new TestGraph(seeded(1));
    g.node('Div', [g.longs([1]), g.longs([0])]);
    g.node('Gather', [g.longs([1]), g.longs([3])]);
    g.node('Reshape', [g.longs([1, 2, 3]), g.longs([2, -1])]);
    g.node('Add', [g.longs([1, 2, 3]), g.longs([1, 2])]);
    const big = g.initializer('big', Int32Array.of(2 ** 30), [1]);
    g.node('Mul', [big, big]);
    g.node('Cast', [g.floats([Number.NaN, 1e30])], { to: attr.int(7) });
    g.node('Relu', [g.floats([1])], {}, { domain: 'other' });
    for (const node of g.graph.nodes) {
      const inputs = node.inputs.map((name) => g.graph.initializers.get(name));
      expect([node.opType, evaluateNode(node, inputs, 17)]).toEqual([node.opType, undefined]);
    }
  });
});
