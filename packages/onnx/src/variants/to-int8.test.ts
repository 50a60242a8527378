import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import { OnnxError } from '../errors.ts';
import type { Model } from '../ir.ts';
import { printModel } from '../print/print-model.ts';
import { tensorFromArray, tensorToArray } from '../tensor.ts';
import {
  choice,
  difference,
  feedsFor,
  integer,
  operators,
  problemsOf,
  run,
  seeded,
  TestGraph,
} from '../testing/run-passes.ts';
import { mlpEncoder, withConstants } from '../testing/run-variants.ts';
import { writeModel } from '../wire/write-model.ts';
import { quantizeWeight } from './quantize-weights.ts';
import { MOST_IN_PRODUCT, toInt8 } from './to-int8.ts';

async function worst(before: Model, after: Model, seed = 1): Promise<number> {
  const feeds = feedsFor(before, seeded(seed));
  const [a, b] = [await run(before, feeds), await run(after, feeds)];
  expect(Object.keys(b)).toEqual(Object.keys(a));
  return Math.max(...Object.keys(a).map((name) => difference(a[name], b[name])));
}

/** What dynamic quantisation computes, written out: x as uint8 by its range, integer products, one scale a column. */
function reference(
  x: number[],
  rows: number,
  w: { dims: number[]; values: Float32Array },
  type: 'int8' | 'uint8',
) {
  const [k, n] = w.dims as [number, number];
  const [low, high] = [Math.min(0, ...x), Math.max(0, ...x)];
  const scale = Math.fround(Math.fround(high - low) / 255);
  const zero = Math.round(Math.min(Math.max(0 - low / scale, 0), 255));
  const data = x.map((value) => Math.min(Math.max(Math.round(value / scale) + zero, 0), 255));
  const quantized = quantizeWeight(w, 1, type, MOST_IN_PRODUCT);
  const q = tensorToArray({ ...quantized.values, name: '' }) as Int8Array;
  const scales = tensorToArray({ ...quantized.scales, name: '' }) as Float32Array;
  const zeros =
    quantized.zeroPoints && (tensorToArray({ ...quantized.zeroPoints, name: '' }) as Uint8Array);
  return Array.from({ length: rows * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let l = 0; l < k; l++) {
      sum +=
        ((data[row * k + l] as number) - zero) *
        ((q[l * n + column] as number) - (zeros?.[column] ?? 0));
    }
    return sum * scale * (scales[column] as number);
  });
}

describe('toInt8', () => {
  const model = mlpEncoder();
  const bytes = writeModel(model).length;

  test('quarters an MLP and stays close', async () => {
    for (const weights of ['uint8', 'int8'] as const) {
      const text = printModel(model);
      const { model: small, report } = toInt8(model, { weights });
      expect(printModel(model)).toBe(text);
      expect(problemsOf(small)).toEqual([]);
      const ratio = writeModel(small).length / bytes;
      expect(ratio).toBeGreaterThan(0.24);
      expect(ratio).toBeLessThan(0.27);
      expect(report.initializers.map(({ name }) => name)).toEqual(['w1', 'w2', 'w3']);
      for (const { elements, bytesBefore, bytesAfter, maxAbsError } of report.initializers) {
        expect(bytesBefore).toBe(4 * elements);
        expect(bytesAfter).toBeLessThan(1.02 * elements + 2000);
        expect(maxAbsError).toBeLessThan(1 / 255);
      }
      const error = await worst(model, small);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(0.03);
    }
  });

  test('quantises an activation once for all products that read it', () => {
    const quantizers = operators(toInt8(model).model).filter(
      (op) => op === 'DynamicQuantizeLinear',
    );
    expect(quantizers).toHaveLength(2);
  });

  test.each(['uint8', 'int8'] as const)(
    '%s weights: computes what the arithmetic says',
    async (weights) => {
      const g = new TestGraph(seeded(5));
      const values = Float32Array.from({ length: 40 * 30 }, () => g.random() - 0.3);
      const w = g.floats([...values], [40, 30], 'w');
      g.y(g.node('MatMul', [g.x(['batch', 40]), w]));
      const original = g.build();
      const { model: small } = toInt8(original, { weights });
      const feeds = feedsFor(original, seeded(6), 4);
      const { Mul_out, MatMul_out } = (await run(small, feeds)) as never as Record<
        string,
        { values: number[] }
      >;
      const got = (MatMul_out ?? Mul_out)?.values ?? [];
      const x = Array.from(feeds['x']?.data as Float32Array);
      const wanted = reference(x, 4, { dims: [40, 30], values }, weights);
      expect(got).toHaveLength(120);
      got.forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(1e-5);
      });
    },
  );

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'Gemm of every kind, seed %i',
    async (seed) => {
      const random = seeded(seed);
      const g = new TestGraph(random);
      const [k, n] = [integer(random, 20, 60), integer(random, 20, 60)];
      const transB = integer(random, 0, 1);
      const inputs = [g.x(['batch', k]), g.weight(transB ? [n, k] : [k, n])];
      const bias = choice(random, [undefined, [n], [1, n], []]);
      if (bias) inputs.push(g.weight(bias));
      const product = g.node('Gemm', inputs, {
        transB: attr.int(transB),
        alpha: attr.float(choice(random, [1, 0.3])),
        beta: attr.float(choice(random, [1, 2])),
      });
      g.y(g.node('Tanh', [g.node('Mul', [product, g.scalar(0.02)])]));
      const original = g.build();
      const { model: small, report } = toInt8(original, { minElements: 1 });
      expect(report.kept).toEqual([]);
      expect(operators(small)).toContain('MatMulInteger');
      const read = new Set(small.graph.nodes.flatMap((node) => node.inputs));
      expect([...small.graph.initializers.keys()].filter((name) => !read.has(name))).toEqual([]);
      expect(problemsOf(small)).toEqual([]);
      expect(await worst(original, small, seed)).toBeLessThan(0.03);
    },
  );

  test('stores filters and embeddings in 8 bits, exactly as if they had been rounded', async () => {
    for (const weights of ['uint8', 'int8'] as const) {
      const g = new TestGraph(seeded(2));
      const conv = g.node('Conv', [g.x([2, 3, 8, 8]), g.weight([8, 3, 3, 3], 'conv')]);
      g.y(g.node('ConvTranspose', [conv, g.weight([8, 4, 3, 3], 'deconv')]));
      const rows = g.input('rows', 'int64', [3]);
      g.y(g.node('Gather', [g.weight([7, 40], 'table'), g.node('Abs', [rows])]));
      const original = g.build();
      const { model: small, report } = toInt8(original, { minElements: 100, weights });
      expect(problemsOf(small)).toEqual([]);
      expect(report.initializers.map(({ name }) => name)).toEqual(['conv', 'deconv', 'table']);
      expect(operators(small).filter((op) => op === 'DequantizeLinear')).toHaveLength(3);
      const axes: Record<string, number> = { conv: 0, deconv: 1, table: 0 };
      const rounded = withConstants(original, (tensor) => {
        const axis = axes[tensor.name];
        if (axis === undefined) return undefined;
        const values = tensorToArray({ ...tensor, dtype: 'float32' });
        const quantized = quantizeWeight({ dims: tensor.dims, values }, axis, weights);
        const q = tensorToArray({ ...quantized.values, name: '' }) as Int8Array;
        const scales = tensorToArray({ ...quantized.scales, name: '' }) as Float32Array;
        const zeros =
          quantized.zeroPoints &&
          (tensorToArray({ ...quantized.zeroPoints, name: '' }) as Uint8Array);
        const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
        const restored = Float32Array.from(q, (value, i) => {
          const channel = Math.floor(i / inner) % (tensor.dims[axis] as number);
          return (value - (zeros?.[channel] ?? 0)) * (scales[channel] as number);
        });
        return tensorFromArray(tensor.name, 'float32', restored, tensor.dims);
      });
      expect(await worst(rounded, small)).toBeLessThan(1e-6);
      expect(await worst(original, small)).toBeGreaterThan(1e-6);
    }
  });

  test('shares what is shared', () => {
    const g = new TestGraph(seeded(1));
    const w = g.weight([40, 40], 'w');
    g.y(g.node('MatMul', [g.node('Relu', [g.node('MatMul', [g.x(['batch', 40]), w])]), w]));
    const { model: small, report } = toInt8(g.build());
    expect(report.initializers).toHaveLength(1);
    expect(
      [...small.graph.initializers.values()].filter(({ raw }) => raw.length === 1600),
    ).toHaveLength(1);
    expect(small.graph.initializers.has('w')).toBe(false);
  });

  test('a bias that counts for nothing is left out, whatever it holds', async () => {
    const g = new TestGraph(seeded(3));
    const bias = g.floats(new Array(40).fill(1).with(0, Number.POSITIVE_INFINITY), [40]);
    const beta = { beta: attr.float(0) };
    g.y(g.node('Gemm', [g.x(['batch', 40]), g.weight([40, 40]), bias], beta));
    const original = g.build();
    const { model: small } = toInt8(original);
    const feeds = feedsFor(original, seeded(4), 3);
    const [output] = Object.values(await run(small, feeds)) as { values: number[] }[];
    expect(output?.values).toHaveLength(120);
    expect(output?.values.every(Number.isFinite)).toBe(true);
  });

  test('keeps what it cannot quantise, and says why', async () => {
    const g = new TestGraph(seeded(1));
    const x = g.x([40, 40]);
    g.y(g.node('MatMul', [x, g.x([40, 40], 'v')]));
    g.y(g.node('MatMul', [g.weight([40, 40], 'left'), x]));
    g.y(g.node('Gemm', [x, g.weight([40, 40])], { transA: attr.int(1) }));
    g.y(g.node('MatMul', [x, g.weight([40, 2], 'small')]));
    g.y(g.node('Gemm', [x, g.weight([40, 40]), g.x([40], 'bias')], { beta: attr.float(2) }));
    g.y(g.node('MatMul', [x, g.weight([1, 40, 40], 'deep')]));
    const infinite = new Array(1600).fill(1).with(7, Number.POSITIVE_INFINITY);
    g.y(g.node('MatMul', [x, g.floats(infinite, [40, 40])]));
    const original = g.build();
    const { model: same, report } = toInt8(original);
    expect(report.kept.map(({ reason }) => reason)).toEqual([
      'its weight is not constant',
      'its weight is not constant',
      'its first factor is transposed',
      'its weight has fewer than 1024 elements',
      'its bias is computed and scaled',
      'its weight is no matrix',
      'its weight is not finite',
    ]);
    expect(printModel(same)).toBe(printModel(original));
    expect(await worst(original, same)).toBe(0);
  });

  test.each([
    {
      name: 'of more dimensions',
      dims: [1, 1, 40],
      kept: ['a constant of more dimensions is added to its result'],
    },
    { name: 'of as many', dims: [1, 40], kept: [] },
  ])(
    'a constant $name that is added to a product leaves its shape in ONNX Runtime',
    async ({ dims, kept }) => {
      const g = new TestGraph(seeded(6));
      const product = g.node('MatMul', [g.x(['batch', 40]), g.weight([40, 40])]);
      g.y(g.node('Add', [g.weight(dims, 'added'), product]));
      const original = g.build();
      const { model: small, report } = toInt8(original);
      expect(report.kept.map(({ reason }) => reason)).toEqual(kept);
      const feeds = feedsFor(original, seeded(1));
      const [before, after] = [await run(original, feeds), await run(small, feeds)];
      expect(Object.values(after).map(({ dims }) => dims)).toEqual(
        Object.values(before).map(({ dims }) => dims),
      );
    },
  );

  test('is deterministic', () => {
    const write = () => Buffer.from(writeModel(toInt8(model).model));
    expect(write().equals(write())).toBe(true);
  });

  test('refuses what it cannot do', () => {
    const code = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return OnnxError.isInstance(error) ? error.code : error;
      }
      return 'no error';
    };
    expect(code(() => toInt8(model, { weights: 'int4' as never }))).toBe('invalid-argument');
    expect(code(() => toInt8(model, { minElements: Number.NaN }))).toBe('invalid-argument');
    const given = (options: object) => () => toInt8(model, options);
    expect(given({ minElements: '5' })).toThrow('minElements: expected a number ≥ 0, got "5".');
    expect(given({ keep: ['zzz'] })).toThrow(
      'keep: expected first outputs of nodes of the graph, got "zzz".',
    );
    expect(given({ minelements: 5 })).toThrow(
      'The options: expected none but weights, minElements, depthwise, keep, got "minelements".',
    );
    for (const options of [
      { keep: ['zzz'] },
      { keep: 'w' },
      { depthwise: 'x' },
      { minElement: 5 },
    ]) {
      expect(code(given(options))).toBe('invalid-argument');
    }
    expect(code(() => toInt8({ ...model, opsets: new Map([['', 12]]) }))).toBe('unsupported');
  });

  test('leaves depthwise filters and recurrent weights in float32, and says so', () => {
    const g = new TestGraph(seeded(9));
    const depthwise = g.weight([256, 1, 3, 3], 'depthwise');
    const x = g.x(['batch', 256, 8, 8]);
    const attributes = { group: attr.int(256) };
    const conv = g.node('Conv', [x, depthwise], attributes, { name: 'dw' });
    g.y(g.node('Conv', [conv, g.weight([16, 256, 1, 1], 'pointwise')]));
    const steps = g.x([5, 'batch', 16], 'steps');
    const weights = [g.weight([1, 64, 16], 'w'), g.weight([1, 64, 16], 'r')];
    const hidden = { hidden_size: attr.int(16) };
    g.y(g.node('LSTM', [steps, ...weights], hidden, { name: 'lstm' }));
    const { report, model: small } = toInt8(g.build());
    expect(problemsOf(small)).toEqual([]);
    expect(report.initializers.map(({ name }) => name)).toEqual(['pointwise']);
    expect(report.kept).toEqual([
      { name: 'dw', opType: 'Conv', reason: 'its filters are depthwise' },
      { name: 'lstm', opType: 'LSTM', reason: 'recurrent weights are not quantised' },
    ]);
    const all = toInt8(g.build(), { depthwise: 'quantize' }).report;
    expect(all.initializers.map(({ name }) => name)).toEqual(['depthwise', 'pointwise']);
    expect(() => toInt8(g.build(), { depthwise: 'no' as never })).toThrow(OnnxError);
  });
});
