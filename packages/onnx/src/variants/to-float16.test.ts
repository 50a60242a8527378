import { describe, expect, test } from '@jest/globals';
import * as ort from '@latentkit/system/ort-for-tests';
import { Float16Array } from '@petamoriken/float16';
import { attr } from '../attributes.ts';
import { OnnxError } from '../errors.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Model } from '../ir.ts';
import { optimize } from '../optimize.ts';
import { printModel } from '../print/print-model.ts';
import { tensorFromArray, tensorToArray } from '../tensor.ts';
import { randomModel } from '../testing/random-models.ts';
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
} from '../testing/run-passes.ts';
import { mlpEncoder, withConstants } from '../testing/run-variants.ts';
import { writeModel } from '../wire/write-model.ts';
import { toHalf } from './half.ts';
import { toFloat16 } from './to-float16.ts';

const types = (values: Model['graph']['inputs']) =>
  values.map(({ type }) => (type.kind === 'tensor' ? type.dtype : type.kind));

async function worst(before: Model, after: Model, seed = 1): Promise<number> {
  const feeds = feedsFor(before, seeded(seed));
  const [a, b] = [await run(before, feeds), await run(after, feeds)];
  expect(Object.keys(b)).toEqual(Object.keys(a));
  return Math.max(...Object.keys(a).map((name) => difference(a[name], b[name])));
}

describe('toFloat16', () => {
  const model = mlpEncoder();
  const bytes = writeModel(model).length;

  test('halves an MLP, keeps its inputs and outputs, and stays close', async () => {
    const text = printModel(model);
    const { model: half, report } = toFloat16(model);
    expect(printModel(model)).toBe(text);
    expect(problemsOf(half)).toEqual([]);
    const ratio = writeModel(half).length / bytes;
    expect(ratio).toBeGreaterThan(0.49);
    expect(ratio).toBeLessThan(0.51);
    expect(types(half.graph.inputs)).toEqual(['float32']);
    expect(types(half.graph.outputs)).toEqual(['float32', 'float32']);
    expect(report.casts).toBe(3);
    expect(report.kept).toEqual([]);
    expect(report.initializers.map(({ name }) => name)).toEqual([
      'w1',
      'b1',
      'w2',
      'b2',
      'w3',
      'b3',
    ]);
    for (const { elements, bytesBefore, bytesAfter, maxAbsError } of report.initializers) {
      expect([bytesBefore, bytesAfter]).toEqual([4 * elements, 2 * elements]);
      expect(maxAbsError).toBeGreaterThan(0);
      expect(maxAbsError).toBeLessThan(2 ** -14);
    }
    const error = await worst(model, half);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(2e-3);
  });

  test('converts inputs and outputs on demand', async () => {
    const { model: half, report } = toFloat16(model, { keepIo: false });
    expect(problemsOf(half)).toEqual([]);
    expect(types([...half.graph.inputs, ...half.graph.outputs])).toEqual([
      'float16',
      'float16',
      'float16',
    ]);
    expect(report.casts).toBe(0);
    expect(operators(half)).toEqual(operators(model));
    const feeds = feedsFor(model, seeded(1));
    const x = feeds['x'] as ort.Tensor;
    const halves = new Uint16Array(toHalf(x.data as Float32Array).raw.buffer);
    const after = await ort.InferenceSession.create(writeModel(half));
    const output = await after.run({ x: new ort.Tensor('float16', halves, x.dims) });
    const expected = await run(model, feeds);
    for (const [name, tensor] of Object.entries(output)) {
      const got = new Float16Array((tensor.data as Uint16Array).slice().buffer as ArrayBuffer);
      (expected[name]?.values ?? []).forEach((value, i) => {
        expect(Math.abs((got[i] as number) - value)).toBeLessThan(5e-3);
      });
    }
    await after.release();
  });

  test('stores weights in half and computes in single, exactly as if the weights had been rounded', async () => {
    const { model: stored, report } = toFloat16(model, { compute: 'float32' });
    expect(problemsOf(stored)).toEqual([]);
    expect(writeModel(stored).length / bytes).toBeLessThan(0.51);
    // The biases of 20 are smaller than the Casts that they would need.
    expect(report.initializers.map(({ name }) => name)).toEqual(['w1', 'b1', 'w2', 'w3']);
    const rounded = withConstants(model, (tensor) => {
      if (tensor.raw.length / 4 < 64) return undefined;
      const { raw } = toHalf(tensorToArray({ ...tensor, dtype: 'float32' }));
      const values = new Float32Array(new Float16Array(raw.buffer as ArrayBuffer));
      return tensorFromArray(tensor.name, 'float32', values, tensor.dims);
    });
    const feeds = feedsFor(model, seeded(1));
    const [a, b] = [await run(rounded, feeds), await run(stored, feeds)];
    for (const name of Object.keys(a)) expect(difference(a[name], b[name])).toBeLessThan(1e-6);
  });

  test('keeps blocked operators in float32, with one Cast a value', async () => {
    const g = new TestGraph(seeded(1));
    const v = g.node('Relu', [g.x(['batch', 8])]);
    const [e, l] = [g.node('Exp', [v]), g.node('Log', [v])];
    const sum = g.node('Add', [g.node('Neg', [e]), g.node('Neg', [l])]);
    g.y(g.node('Mul', [sum, g.node('Sub', [e, v])]));
    g.y(g.node('Exp', [sum]));
    const blocked = g.build();
    const { model: half, report } = toFloat16(blocked, { blockList: ['Exp', 'Log'] });
    expect(problemsOf(half)).toEqual([]);
    expect(report.kept.map(({ opType }) => opType)).toEqual(['Exp', 'Log', 'Exp']);
    // x and the product at the border, v once for two readers, e, l, and the sum.
    expect(report.casts).toBe(6);
    expect(operators(half).filter((op) => op === 'Cast')).toHaveLength(6);
    const all = toFloat16(blocked, { blockList: operators(blocked) });
    expect(all.report.casts).toBe(0);
    expect(await worst(blocked, all.model)).toBe(0);
  });

  test('keeps what has no form in half precision: Celu, scales of Resize, bodies, other domains', async () => {
    const g = new TestGraph(seeded(1));
    const x = g.x([1, 2, 3, 3]);
    const scaled = g.node('Resize', [g.node('Celu', [x]), '', g.floats([1, 1, 2, 2])], {
      mode: attr.string('nearest'),
    });
    const weight = g.floats(new Array(72).fill(0.25), [1, 2, 6, 6]);
    const body = new TestGraph(seeded(1));
    body.graph.nodes.push({
      name: 'inner',
      opType: 'Neg',
      domain: '',
      inputs: [scaled],
      outputs: ['inner'],
      attributes: new Map(),
      docString: '',
    });
    const type = { kind: 'tensor' as const, dtype: 'float32' as const, shape: [1, 2, 6, 6] };
    body.graph.outputs.push({ name: 'inner', type, docString: '' });
    const branch = attr.graph(body.buildGraph());
    const chosen = g.node('If', [g.input('yes', 'bool', [])], {
      then_branch: branch,
      else_branch: branch,
    });
    g.y(g.node('Mul', [chosen, weight]));
    const mixed = g.build();
    const { model: half, report } = toFloat16(mixed);
    expect(problemsOf(half)).toEqual([]);
    expect(report.kept.map(({ opType }) => opType)).toEqual(['Celu', 'If']);
    const feeds = { ...feedsFor(mixed, seeded(1)), yes: new ort.Tensor('bool', [true], []) };
    const [a, b] = [await run(mixed, feeds), await run(half, feeds)];
    for (const name of Object.keys(a)) expect(difference(a[name], b[name])).toBeLessThan(1e-3);
  });

  test('converts constants in nodes, Casts and filled tensors', async () => {
    const g = new TestGraph(seeded(1));
    const x = g.x(['batch', 3]);
    const list = g.node('Constant', [], { value_floats: attr.floats([0.1, 0.2, 0.3]) });
    const filled = g.node('ConstantOfShape', [g.node('Shape', [x])]);
    const mask = g.node('Cast', [g.node('Greater', [x, filled])], { to: attr.int(1) });
    g.y(g.node('Add', [g.node('Mul', [mask, list]), filled]));
    const constants = g.build();
    const { model: half } = toFloat16(constants);
    expect(problemsOf(half)).toEqual([]);
    expect(await worst(constants, half)).toBeLessThan(1e-3);
  });

  test('clamps weights out of range, and says so', () => {
    const g = new TestGraph(seeded(1));
    g.y(g.node('Add', [g.x([3]), g.floats([1e6, 1, 1e-9], [3], 'w')]));
    const { report } = toFloat16(g.build());
    expect(report.initializers).toEqual([
      {
        name: 'w',
        elements: 3,
        bytesBefore: 12,
        bytesAfter: 6,
        maxAbsError: 1e6 - 65504,
        clamped: 1,
        flushed: 1,
      },
    ]);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'random graph %i stays close',
    async (seed) => {
      const random = seeded(seed);
      const original = optimize(randomModel(random, integer(random, 4, 16)));
      for (const options of [
        {},
        { blockList: ['Relu', 'MatMul', 'Neg'] },
        { compute: 'float32' as const },
      ]) {
        const { model: half } = toFloat16(original, options);
        expect(problemsOf(half)).toEqual([]);
        expect(writeModel(toFloat16(original, options).model)).toEqual(writeModel(half));
        expect(await worst(original, half, seed)).toBeLessThan(2e-2);
      }
    },
  );

  test('refuses what it cannot do', () => {
    const code = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return OnnxError.isInstance(error) ? error.code : error;
      }
      return 'no error';
    };
    const given = (options: object) => () => toFloat16(model, options);
    expect(given({ compute: 'bfloat16' })).toThrow(
      'compute: expected float16 or float32, got "bfloat16".',
    );
    expect(given({ keep: ['zzz'] })).toThrow(
      'keep: expected first outputs of nodes of the graph, got "zzz".',
    );
    expect(given({ blockList: ['Nope'] })).toThrow(
      'blockList: expected operators of ONNX, or of the model\'s nodes, got "Nope".',
    );
    expect(given({ keepIO: false })).toThrow(
      'The options: expected none but keepIo, compute, blockList, keep, got "keepIO".',
    );
    for (const options of [{ compute: 'half' }, { keep: ['x'] }, { keepIo: 'no' }, { block: [] }]) {
      expect(code(given(options))).toBe('invalid-argument');
    }
    const elsewhere = withConstants(model, (tensor) => ({
      ...tensor,
      external: { location: 'weights.bin', offset: 0, length: 4 },
    }));
    expect(code(() => toFloat16(elsewhere))).toBe('external-data');
  });

  test('gives identical results for a model without floats', async () => {
    const g = new TestGraph(seeded(1));
    const x = g.input('x', 'int64', ['batch']);
    g.y(g.node('Add', [x, g.longs([1])]), 'int64');
    const ints = g.build();
    const { model: half } = toFloat16(ints);
    expect(printModel(half)).toBe(printModel(ints));
    const feeds = feedsFor(ints, seeded(1));
    const [a, b] = [await run(ints, feeds), await run(half, feeds)];
    expect(identical(a['Add_out'], b['Add_out'])).toBe(true);
  });

  test('a Cast to float32 of what is half is no Cast to half, and ONNX Runtime loads the model', async () => {
    const g = new TestGraph(seeded(3));
    const x = g.x([4]);
    const cast = g.node('Cast', [g.node('Div', [g.scalar(0.5), x])], { to: attr.int(1) });
    const roots = [g.node('Sqrt', [cast]), g.node('Sqrt', [cast])] as const;
    g.y(g.node('Mul', [g.node('Mul', [x, roots[0]]), roots[1]]));
    const { model } = toFloat16(g.build());
    expect(problemsOf(model)).toEqual([]);
    expect(operators(model).filter((op) => op === 'Cast')).toHaveLength(2);
    const result = await run(model, feedsFor(model, seeded(1)));
    expect(Object.keys(result)).toHaveLength(1);
  });

  test.each<[string, (g: TestGraph, x: string) => string]>([
    ['CastLike', (g, x) => g.node('CastLike', [g.node('Neg', [x]), g.scalar(0)])],
    [
      'CastLike of a half',
      (g, x) => {
        const half = g.node('Cast', [x], { to: attr.int(10) });
        return g.node('CastLike', [half, g.node('Neg', [x])]);
      },
    ],
    [
      'Cast to halves and back',
      (g, x) => g.node('Cast', [g.node('Cast', [x], { to: attr.int(10) })], { to: attr.int(1) }),
    ],
    [
      'CastLike of an integer',
      (g, x) => {
        const index = g.node('Cast', [x], { to: attr.int(7) });
        return g.node('CastLike', [index, g.node('Neg', [x])]);
      },
    ],
  ])('%s, which ONNX Runtime loads', async (_, make) => {
    const g = new TestGraph(seeded(3));
    const x = g.x([4]);
    // Between operators that ONNX Runtime casts around.
    g.y(g.node('Sqrt', [g.node('Abs', [make(g, g.node('Mul', [x, g.scalar(3)]))])]));
    const original = g.build();
    const { model } = toFloat16(original);
    expect(problemsOf(model)).toEqual([]);
    expect(await worst(original, model)).toBeLessThan(2e-3);
    const optimized = await ort.InferenceSession.create(writeModel(model));
    await optimized.release();
  });

  describe('sequences and optional values keep their floats', () => {
    const tensor = { kind: 'tensor' as const, dtype: 'float32' as const, shape: null };

    test('as outputs', async () => {
      const g = new TestGraph(seeded(3));
      const x = g.node('Mul', [g.x([4, 2]), g.scalar(3)]);
      const parts = g.node('SplitToSequence', [x, g.longs([1, 3])]);
      const joined = g.node('ConcatFromSequence', [parts], { axis: attr.int(0) });
      g.output(g.node('Mul', [joined, joined]), 'float32', [4, 2]);
      const original = g.build();
      const type = { kind: 'sequence' as const, element: tensor };
      original.graph.outputs.push({ name: parts, type, docString: '' });
      for (const keepIo of [true, false]) {
        const { model, report } = toFloat16(original, { keepIo });
        expect(problemsOf(model)).toEqual([]);
        expect(report.kept.map(({ opType, reason }) => [opType, reason])).toEqual(
          ['SplitToSequence', 'ConcatFromSequence'].map((opType) => [
            opType,
            'it takes or gives a sequence or an optional value',
          ]),
        );
        await (await ort.InferenceSession.create(writeModel(model))).release();
      }
    });

    test('as inputs', async () => {
      const g = new TestGraph(seeded(3), 18);
      const w = g.weight([2]);
      const at = g.initializer('at', BigInt64Array.of(0n), []);
      const [items, maybe, x] = [g.x([2], 'items'), g.x([2], 'maybe'), g.x([2])];
      g.output(g.node('Mul', [g.node('SequenceAt', [items, at]), w]), 'float32', [2]);
      g.output(g.node('Mul', [g.node('OptionalGetElement', [maybe]), x]), 'float32', [2]);
      const inputs = (['sequence', 'optional'] as const).map((kind, i) => ({
        name: [items, maybe][i] as string,
        type: { kind, element: tensor },
        docString: '',
      }));
      g.graph.inputs.splice(0, 2, ...inputs);
      const { model } = toFloat16(g.build(), { keepIo: false });
      expect(problemsOf(model)).toEqual([]);
      expect(model.graph.inputs.slice(0, 2)).toEqual(inputs);
      await (await ort.InferenceSession.create(writeModel(model))).release();
    });
  });

  describe('bodies of nodes, which stay float32', () => {
    /** If with one body for both ways, which gives `opType` of `read`; or of what an If of its own gives. */
    function chosen(g: GraphBuilder, yes: string, opType: string, read: string, depth = 1): string {
      const branch = (way: string) => {
        const inner = new GraphBuilder(way, { outer: g });
        const value = depth > 1 ? chosen(inner, yes, opType, read, depth - 1) : read;
        const given = inner.node(opType, [value], {}, { output: `${way}_${depth}` });
        inner.output(given, 'float32', [2, 2]);
        return attr.graph(inner.buildGraph());
      };
      const branches = { then_branch: branch('then'), else_branch: branch('else') };
      return g.node('If', [yes], branches);
    }

    test.each([
      ['an input', 'x', 1],
      ['an input, within a body', 'x', 2],
      ['an output', 'sum', 1],
      ['an output, within a body', 'sum', 2],
    ])('are given %s of the graph in float32', async (_, read, depth) => {
      const g = new GraphBuilder('outer');
      const x = g.input('x', 'float32', [2, 2]);
      const yes = g.initializer('yes', 'bool', [1], []);
      g.output(g.node('Add', [x, x], {}, { output: 'sum' }), 'float32', [2, 2]);
      g.output(chosen(g, yes, 'Neg', read, depth), 'float32', [2, 2], 'y');
      const original = g.build();
      const before = printModel(original);
      const { model } = toFloat16(original, { keepIo: false });
      expect(problemsOf(model)).toEqual([]);
      expect(printModel(original)).toBe(before);
      const halves = new Uint16Array(toHalf(Float32Array.of(1, 2, 3, 4)).raw.buffer);
      const session = await ort.InferenceSession.create(writeModel(model));
      const { y } = await session.run({ x: new ort.Tensor('float16', halves, [2, 2]) });
      const { data } = y as ort.Tensor;
      const got = new Float16Array((data as Uint16Array).slice().buffer as ArrayBuffer);
      const sign = depth === 1 ? -1 : 1;
      expect([...got]).toEqual([1, 2, 3, 4].map((value) => sign * (read === 'x' ? 1 : 2) * value));
      await session.release();
    });
  });

  test('what reads a value of unknown type stays float32', () => {
    const g = new TestGraph(seeded(3));
    const magic = g.node('Neg', [g.x([2])]);
    g.y(g.node('Add', [magic, g.weight([2])]));
    const [foreign] = g.graph.nodes;
    Object.assign(foreign as object, { opType: 'Magic', domain: 'my.ops' });
    const model = g.build();
    model.opsets.set('my.ops', 1);
    const { model: half, report } = toFloat16(model);
    expect(report.casts).toBe(0);
    expect(half.graph.nodes.map(({ inputs }) => inputs)).toEqual([['x'], [magic, 'w']]);
    expect(half.graph.initializers.get('w')?.dtype).toBe('float32');
  });

  // Of these alone ONNX Runtime 1.30 says as it runs, or as it loads them, that it has no half for them.
  test.each(['add', 'mul', 'min', 'max'])('%s of ScatterElements and ScatterND', async (how) => {
    const g = new TestGraph(seeded(3), 18);
    const x = g.node('Mul', [g.x([4]), g.scalar(3)]);
    const updates = g.node('Neg', [g.x([2], 'updates')]);
    const reduction = attr.string(how);
    const at = g.initializer('at', BigInt64Array.of(1n, 3n), [2]);
    const rows = g.initializer('rows', BigInt64Array.of(1n, 3n), [2, 1]);
    g.y(g.node('ScatterElements', [x, at, updates], { reduction }));
    g.y(g.node('ScatterND', [x, rows, updates], { reduction }));
    const original = g.build();
    const { model } = toFloat16(original);
    expect(problemsOf(model)).toEqual([]);
    expect(await worst(original, model)).toBeLessThan(2e-3);
  });

  test('MeanVarianceNormalization, whatever the block list says', async () => {
    const g = new TestGraph(seeded(3));
    g.y(g.node('MeanVarianceNormalization', [g.node('Neg', [g.x([2, 3, 2, 2])])]));
    const original = g.build();
    const { model } = toFloat16(original, { blockList: [] });
    expect(await worst(original, model)).toBeLessThan(5e-3);
  });

  test('AffineGrid', async () => {
    const g = new TestGraph(seeded(3), 20);
    const size = g.longs([2, 1, 3, 4]);
    g.y(g.node('AffineGrid', [g.node('Neg', [g.x([2, 2, 3])]), size]));
    const original = g.build();
    const { model, report } = toFloat16(original, { blockList: [] });
    expect(await worst(original, model)).toBeLessThan(5e-3);
    expect(report.kept.map(({ opType }) => opType)).toEqual(['AffineGrid']);
  });

  test.each(['HannWindow', 'HammingWindow', 'BlackmanWindow'])(
    '%s, whose type an attribute says, stays float32',
    async (opType) => {
      const g = new TestGraph(seeded(3));
      const window = g.node(opType, [g.initializer('size', BigInt64Array.of(4n), [])]);
      g.y(g.node('Mul', [g.x([2, 4]), window]));
      const original = g.build();
      const { model, report } = toFloat16(original, { blockList: [] });
      expect(report.kept.map(({ reason }) => reason)).toEqual(['an attribute says its type']);
      expect(await worst(original, model)).toBeLessThan(5e-3);
    },
  );

  test.each([
    ['BitCast', 26, ['x'], { to: attr.int(6) }, 'it takes bits for those of another type'],
    [
      'DequantizeLinear',
      23,
      ['q', 's'],
      { output_dtype: attr.int(1) },
      'an attribute says its type',
    ],
  ])(
    '%s, whose result has a type of its own, stays as it is',
    (opType, opset, inputs, attributes, reason) => {
      const g = new GraphBuilder('own', { opset });
      g.input('x', 'float32', [2]);
      g.initializer('q', Uint8Array.of(1, 2), [2]);
      g.initializer('s', Float32Array.of(0.5), []);
      g.output(g.node(opType, inputs, attributes), opType === 'BitCast' ? 'int32' : 'float32', [2]);
      const { model, report } = toFloat16({ ...g.build(), irVersion: 13 }, { keepIo: false });
      expect(problemsOf(model)).toEqual([]);
      expect(report.kept).toEqual([{ name: expect.any(String), opType, reason }]);
    },
  );

  test('what value_info says of initializers and values is their new type, or the checker says so', () => {
    const g = new TestGraph(seeded(4));
    const w = g.weight([2, 2]);
    g.y(g.node('MatMul', [g.x([1, 2]), w]));
    const model = g.build();
    const noted = (dtype: 'float32' | 'float16') => ({
      name: w,
      type: { kind: 'tensor' as const, dtype, shape: [2, 2] },
      docString: '',
    });
    model.graph.valueInfo.set(w, noted('float32'));
    expect(problemsOf(model)).toEqual([]);
    const { model: half } = toFloat16(model);
    expect(half.graph.valueInfo.get(w)).toEqual(noted('float16'));
    expect(problemsOf(half)).toEqual([]);
    half.graph.valueInfo.set(w, noted('float32'));
    expect(problemsOf(half).join()).toContain('type-mismatch');
  });
});
