import { describe, expect, test } from '@jest/globals';
import { attr } from './attributes.ts';
import { assertSound, checkModel } from './check/check-model.ts';
import { OnnxError } from './errors.ts';
import { GraphBuilder } from './graph-builder.ts';
import { inferShapes } from './infer/infer-shapes.ts';
import type { Graph, Model } from './ir.ts';
import { optimize } from './optimize.ts';
import { PASSES } from './passes/registry.ts';
import { hostileModels } from './testing/hostile-models.ts';
import { sampleModels } from './testing/sample-models.ts';
import { toFloat16 } from './variants/to-float16.ts';
import { toInt8 } from './variants/to-int8.ts';
import { writeModel } from './wire/write-model.ts';

/*
 * No number of a file is a length, a count or an index before it is compared with what is there: the
 * same models with one number changed end at once, by a typed error or a result. What hangs, or makes
 * gigabytes, fails by jest's time limit or kills the process.
 */

/** Runs something that may throw an OnnxError, and nothing else. */
function typed<T>(run: () => T): T | OnnxError {
  try {
    return run();
  } catch (error) {
    if (OnnxError.isInstance(error)) return error;
    throw error;
  }
}

describe('numbers out of every range', () => {
  test.each([...sampleModels()])('%s', (_, sample) => {
    for (const { what, model } of hostileModels(sample)) {
      const errors = checkModel(model).filter(({ severity }) => severity === 'error');
      typed(() => inferShapes(model));
      const optimized = typed(() => optimize(model));
      // What the checker finds wrong in a node is not optimised.
      const node = errors.find(({ rule }) => rule.endsWith('mismatch'));
      if (node) expect([what, optimized instanceof OnnxError]).toEqual([what, true]);
      typed(() => toFloat16(model));
      typed(() => toInt8(model));
    }
  });

  const scan = (count: number): Model => {
    const g = new GraphBuilder('g');
    const [state, items] = [g.input('s', 'float32', [4]), g.input('x', 'float32', ['n', 4])];
    const body = new GraphBuilder('body', { outer: g });
    const [s, e] = [body.input('si', 'float32', [4]), body.input('ei', 'float32', [4])];
    body.output(body.node('Add', [s, e]), 'float32', [4], 'so');
    body.output(body.node('Identity', [e]), 'float32', [4], 'eo');
    const attributes = {
      body: attr.graph(body.buildGraph()),
      num_scan_inputs: attr.int(count),
    };
    const [last, all] = g.node('Scan', [state, items], attributes, { outputs: 2 });
    g.output(last as string, 'float32', [4]);
    g.output(all as string, 'float32', ['n', 4]);
    return g.build();
  };

  test('Scan: num_scan_inputs is 1 to the number of inputs', () => {
    expect(checkModel(scan(1))).toEqual([]);
    for (const count of [-1, 0, 3, 1e8, 2 ** 31, 2 ** 53]) {
      expect(checkModel(scan(count)).map(({ rule }) => rule)).toEqual(['shape-mismatch']);
      expect(() => optimize(scan(count))).toThrow(OnnxError);
    }
  });

  const transposed = (...perms: number[][]): Model => {
    const g = new GraphBuilder('g');
    let value = g.node('Relu', [g.input('x', 'float32', null)]);
    for (const perm of perms) value = g.node('Transpose', [value], { perm: attr.ints(perm) });
    g.output(value, 'float32', perms[0]?.map(() => null) ?? [], 'y');
    return g.build();
  };

  test.each([
    [[[7, 0]]],
    [[[0, 0]]],
    [[[-1, 0]]],
    [
      [
        [1, 0],
        [7, 0],
      ],
    ],
    [
      [
        [1, 0],
        [2, 1, 0],
      ],
    ],
    [[[1e8]]],
  ])('Transpose by %j is refused, whether the rank is known or not', (perms) => {
    // The input has no known rank: the permutation alone says that it is none.
    expect(() => optimize(transposed(...perms))).toThrow(OnnxError);
    for (const pass of PASSES) {
      expect(() => optimize(transposed(...perms), { passes: [pass] })).toThrow(OnnxError);
    }
    expect(() => toFloat16(transposed(...perms))).toThrow(OnnxError);
  });

  test('lists as long as the file, read by many nodes, are not copied for each', () => {
    const g = new GraphBuilder('g');
    const part = g.initializer('part', 'int64', new Array(1000).fill(1n), [1000]);
    const all = g.node('Concat', new Array(100_000).fill(part), { axis: attr.int(0) });
    g.output(all, 'int64', [100_000_000], 'y');
    expect(checkModel(g.build())).toEqual([]);
    expect(optimize(g.build()).graph.nodes).toHaveLength(1);
  });

  test('small nodes that ask for large constants fill neither the memory nor the file', () => {
    const g = new GraphBuilder('g');
    const zero = g.initializer('zero', new Float32Array(1), [1]);
    const size = g.initializer('size', 'int64', [16_000n], [1]);
    const outputs = Array.from({ length: 3000 }, () => g.node('Expand', [zero, size]));
    g.output(g.node('Concat', outputs, { axis: attr.int(0) }), 'float32', [48_000_000], 'y');
    expect(writeModel(optimize(g.build())).length).toBeLessThan(20e6);
  });

  test('ranks as long as the file are not followed', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', new Array(100_000).fill('n'));
    let value = x;
    for (let i = 0; i < 5000; i++) value = g.node('Add', [value, x]);
    g.output(value, 'float32', new Array(100_000).fill('n'), 'y');
    expect(checkModel(g.build())).toEqual([]);
  });
});

describe('graphs inside graphs', () => {
  function nested(depth: number): Model {
    const outer = new GraphBuilder('g');
    const condition = outer.input('c', 'bool', []);
    let inner: Graph = {
      name: 'leaf',
      docString: '',
      inputs: [],
      outputs: [{ name: 'v0', type: { kind: 'unknown' }, docString: '' }],
      valueInfo: new Map(),
      initializers: new Map(),
      nodes: [node('Identity', [condition], 'v0', new Map())],
    };
    for (let i = 1; i < depth; i++) {
      const value = attr.graph(inner);
      const branches = new Map([
        ['then_branch', value],
        ['else_branch', i === 1 ? attr.graph(inner) : leafOf(condition, i)],
      ]);
      const name = `v${i}`;
      inner = {
        ...inner,
        name: `level ${i}`,
        outputs: [{ name, type: { kind: 'unknown' }, docString: '' }],
        nodes: [node('If', [condition], name, branches)],
      };
    }
    outer.graph.nodes.push(...inner.nodes);
    outer.graph.outputs.push({
      name: inner.outputs[0]?.name ?? '',
      type: { kind: 'tensor', dtype: 'bool', shape: [] },
      docString: '',
    });
    return outer.build();
  }

  function leafOf(condition: string, level: number) {
    return attr.graph({
      name: `else ${level}`,
      docString: '',
      inputs: [],
      outputs: [{ name: `e${level}`, type: { kind: 'unknown' }, docString: '' }],
      valueInfo: new Map(),
      initializers: new Map(),
      nodes: [node('Identity', [condition], `e${level}`, new Map())],
    });
  }

  function node(
    opType: string,
    inputs: string[],
    output: string,
    attributes: Map<string, ReturnType<typeof attr.graph>>,
  ) {
    const outputs = [output];
    return { name: '', opType, domain: '', inputs, outputs, attributes, docString: '' };
  }

  test('are walked to a depth of 100, and refused beyond', () => {
    expect(checkModel(nested(90))).toEqual([]);
    for (const depth of [102, 20_000]) {
      const model = nested(depth);
      expect(checkModel(model).map(({ rule }) => rule)).toEqual(['known']);
      for (const act of [assertSound, inferShapes, optimize, toFloat16, toInt8, writeModel]) {
        expect(() => act(model)).toThrow(expect.objectContaining({ code: 'limit' }));
      }
    }
  });

  test('a graph that holds itself is refused', () => {
    const model = nested(3);
    const [first] = model.graph.nodes;
    first?.attributes.set('then_branch', attr.graph(model.graph));
    expect(() => optimize(model)).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});

/** Nodes enough that anything quadratic passes jest's time limit. */
const NODES = 8_000;

describe(`passes over ${NODES} nodes`, () => {
  type Step = (g: GraphBuilder, value: string, index: number) => string;
  const one = (g: GraphBuilder, value: number) => g.initializer('k', Float32Array.of(value), [1]);
  const steps: Record<string, Step> = {
    'Add of a constant': (g, value, i) => g.node('Add', [value, one(g, i + 1)]),
    'Transpose, Sigmoid': (g, value) =>
      g.node('Transpose', [g.node('Sigmoid', [value])], { perm: attr.ints([1, 0]) }),
    Identity: (g, value) => g.node('Identity', [value]),
  };
  const shapes = {
    chain(g: GraphBuilder, x: string, step: Step) {
      let value = x;
      for (let i = 0; i < NODES; i++) value = step(g, value, i);
      return value;
    },
    fan: (g: GraphBuilder, x: string, step: Step) =>
      g.node(
        'Sum',
        Array.from({ length: NODES }, (_, i) => step(g, x, i)),
      ),
  };

  test.each(
    Object.keys(steps).flatMap((step) => Object.keys(shapes).map((shape) => [shape, step])),
  )(
    'a %s of %s',
    (shape, step) => {
      const g = new GraphBuilder('g');
      const x = g.input('x', 'float32', [2, 2]);
      const make = shapes[shape as keyof typeof shapes];
      g.output(make(g, x, steps[step as string] as Step), 'float32', [2, 2], 'y');
      const optimized = optimize(g.build());
      expect(checkModel(optimized)).toEqual([]);
      expect(optimized.graph.nodes.length).toBeLessThanOrEqual(NODES + 1);
    },
    120_000,
  );

  test('a Split into as many parts, joined again', () => {
    const g = new GraphBuilder('g', { opset: 18 });
    const x = g.input('x', 'float32', [NODES]);
    const parts = g.node('Split', [x], { num_outputs: attr.int(NODES) }, { outputs: NODES });
    const active = parts.map((part) => g.node('Relu', [part]));
    g.output(g.node('Concat', active, { axis: attr.int(0) }), 'float32', [NODES], 'y');
    expect(checkModel(optimize(g.build()))).toEqual([]);
  });
});
