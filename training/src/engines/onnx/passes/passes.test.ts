import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { attr, GraphBuilder, type Model, optimize, type Pass } from '@latentkit/onnx';
import { graphOf, nodesOf, runAsItIs } from '../testing.ts';
import { biasOfTransposedConvolution } from './bias-of-transposed-convolution.ts';
import { differenceOfScaled } from './difference-of-scaled.ts';
import { maskFromRelu } from './mask-from-relu.ts';
import { repeatByBroadcast } from './repeat-by-broadcast.ts';
import { sigmoidWeightedGradient } from './sigmoid-weighted-gradient.ts';
import { sinkScaleIntoProducts } from './sink-scale-into-products.ts';
import { softplusSum } from './softplus-sum.ts';
import { sumRowsByProduct } from './sum-rows-by-product.ts';

const ROWS = 32;
const COLUMNS = 12;

class Builder extends GraphBuilder {
  x = (name: string, dims: number[] = [ROWS, COLUMNS]) => this.input(name, 'float32', dims);
  float = (value: number) => this.initializer('c', new Float32Array([value]), []);
  ints = (...values: number[]) =>
    this.initializer('ints', BigInt64Array.from(values.map(BigInt)), [values.length]);
}

const graph = (build: (g: Builder) => Record<string, string>) =>
  graphOf(new Builder('test'), build);

/** Outputs in order, on numbers in (−3, 3) or the given ones. */
function run(model: Model, special?: number[]): Promise<number[][]> {
  const random = createRandom(7);
  return runAsItIs(model, (values) =>
    values.map((_, i) => special?.[i % special.length] ?? 6 * random.uniform() - 3),
  );
}

const operators = (model: Model) => nodesOf(model).map(({ opType }) => opType);

async function compare(model: Model, pass: Pass, special?: number[]) {
  const rewritten = optimize(model, { passes: [pass, 'remove-dead'] });
  const [before, after] = [await run(model, special), await run(rewritten, special)];
  for (const [i, values] of before.entries()) {
    for (const [k, value] of values.entries()) {
      const error = Math.abs(value - (after[i]?.[k] as number)) / Math.max(1, Math.abs(value));
      expect(error).toBeLessThan(2e-6);
    }
  }
  return operators(rewritten);
}

/** A pass must leave alone what only looks like its pattern. */
function unchanged(model: Model, pass: Pass) {
  const rewritten = optimize(model, { passes: [pass] });
  expect(operators(rewritten)).toEqual(operators(model));
}

describe('mask-from-relu', () => {
  const masked = (above: number, withRelu = true) =>
    graph((g) => {
      const x = g.x('x');
      const greater = g.node('Greater', [x, g.float(above)]);
      const mask = g.node('Cast', [greater], { to: attr.int(1) });
      return withRelu ? { relu: g.node('Relu', [x]), mask } : { mask };
    });

  test('gives the same mask, at 0 and at the smallest and largest numbers too', async () => {
    expect(await compare(masked(0), maskFromRelu)).toEqual(['HardSigmoid', 'Relu'].reverse());
    await compare(masked(0), maskFromRelu, [0, -0, 1e-37, -1e-37, 3e38, -3e38, 1]);
  });

  test('leaves other thresholds, and values without a Relu', () => {
    unchanged(masked(0.5), maskFromRelu);
    unchanged(masked(0, false), maskFromRelu);
  });
});

describe('softplus-sum', () => {
  type Variant = 'plain' | 'flattened' | 'reused' | 'spread';
  const crossEntropy = (variant: Variant = 'plain') =>
    graph((g) => {
      const dims = variant === 'flattened' ? [ROWS, 3, COLUMNS / 3] : undefined;
      const [x, l] = [g.x('x'), g.x('l', variant === 'spread' ? [1, COLUMNS] : dims)];
      const flat = (value: string) =>
        dims ? g.node('Reshape', [value, g.ints(ROWS, COLUMNS)]) : value;
      const softplus = g.node('Softplus', [l]);
      const product = g.node('Mul', [x, flat(l)]);
      const difference = g.node('Sub', [flat(softplus), product]);
      const sum = g.node('ReduceSum', [difference, g.ints(1)], { keepdims: attr.int(0) });
      return variant === 'reused' ? { sum, softplus } : { sum };
    });

  test.each(['plain', 'flattened'] as const)('gives the same sums, %s', async (variant) => {
    const found = await compare(crossEntropy(variant), softplusSum);
    expect(found).not.toContain('Softplus');
    expect(found).toContain('ReduceProd');
    await compare(crossEntropy(variant), softplusSum, [-80, 80, -20, 20, 0, -17.9, 18.1, 1e-3]);
  });

  test.each(['reused', 'spread'] as const)('leaves a softplus that is %s', (variant) => {
    unchanged(crossEntropy(variant), softplusSum);
  });
});

describe('difference-of-scaled', () => {
  const sum = (a: number, b: number) =>
    graph((g) => {
      const left = g.node('Mul', [g.float(a), g.x('x')]);
      const right = g.node('Mul', [g.x('y'), g.float(b)]);
      return { sum: g.node('Add', [left, right]) };
    });

  test('subtracts once, whichever the sign', async () => {
    expect(await compare(sum(-0.25, 0.25), differenceOfScaled)).toEqual(['Sub', 'Mul']);
    expect(await compare(sum(0.25, -0.25), differenceOfScaled)).toEqual(['Sub', 'Mul']);
  });

  test('leaves other factors', () => unchanged(sum(0.25, 0.5), differenceOfScaled));

  const difference = (otherFactor: boolean, row = false) =>
    graph((g) => {
      const c = g.x('c', [ROWS, 1]);
      const left = g.node('Mul', [c, g.x('x')]);
      const y = g.x('y', row ? [1, COLUMNS] : [ROWS, COLUMNS]);
      const right = g.node('Mul', [y, otherFactor ? g.x('d', [ROWS, 1]) : c]);
      return { difference: g.node('Sub', [left, right]) };
    });

  test('subtracts before a factor that both have, whatever it is', async () => {
    expect(await compare(difference(false), differenceOfScaled)).toEqual(['Sub', 'Mul']);
  });

  test('leaves factors that differ, and operands of two shapes', () => {
    unchanged(difference(true), differenceOfScaled);
    unchanged(difference(false, true), differenceOfScaled);
  });
});

describe('repeat-by-broadcast', () => {
  const TIMES = 4;
  const compared = (opType: 'Sub' | 'Mul' | 'Add', repeatedFirst: boolean, times = TIMES) =>
    graph((g) => {
      const rows = g.node('Reshape', [g.x('x'), g.ints(ROWS, 1, COLUMNS)]);
      const spread = g.node('Expand', [rows, g.ints(ROWS, TIMES, COLUMNS)]);
      const flat = g.node('Reshape', [spread, g.ints(ROWS * times, (COLUMNS * TIMES) / times)]);
      const y = g.x('y', [ROWS * times, (COLUMNS * TIMES) / times]);
      return { result: g.node(opType, repeatedFirst ? [flat, y] : [y, flat]) };
    });

  test('reads repeated rows several times, on either side', async () => {
    const expected = ['Reshape', 'Reshape', 'Sub', 'Reshape'];
    expect(await compare(compared('Sub', false), repeatByBroadcast)).toEqual(expected);
    expect(await compare(compared('Sub', true), repeatByBroadcast)).toEqual(expected);
    const product = ['Reshape', 'Reshape', 'Mul', 'Reshape'];
    expect(await compare(compared('Mul', true), repeatByBroadcast)).toEqual(product);
  });

  test('leaves what was laid out otherwise, and other operations', () => {
    unchanged(compared('Sub', false, 1), repeatByBroadcast);
    unchanged(compared('Add', false), repeatByBroadcast);
  });
});

describe('sum-rows-by-product', () => {
  const sum = (dims: number[], axes: number[], lead = false) =>
    graph((g) => {
      const x = g.x('x', dims);
      const of = lead ? g.node('Reshape', [x, g.ints(1, ...dims)]) : x;
      const keepdims = attr.int(0);
      return { sum: g.node('ReduceSum', [of, g.ints(...axes)], { keepdims }) };
    });

  test('sums rows by a product, with or without a dimension of 1 in front', async () => {
    const expected = ['Gemm', 'Reshape'];
    expect(await compare(sum([ROWS, COLUMNS], [0]), sumRowsByProduct)).toEqual(expected);
    expect(await compare(sum([ROWS, COLUMNS], [0, 1], true), sumRowsByProduct)).toEqual(expected);
  });

  test('leaves few rows, columns and whole matrices', () => {
    unchanged(sum([2, COLUMNS], [0]), sumRowsByProduct);
    unchanged(sum([ROWS, COLUMNS], [1]), sumRowsByProduct);
    unchanged(sum([ROWS, COLUMNS], [0, 1]), sumRowsByProduct);
  });
});

describe('sink-scale-into-products', () => {
  const products = (also: 'Relu' | 'Gemm') =>
    graph((g) => {
      const scaled = g.node('Mul', [g.x('x'), g.float(0.125)]);
      const left = g.node('Gemm', [scaled, g.x('w')], {
        transB: attr.int(1),
        alpha: attr.float(2),
      });
      const inputs = also === 'Relu' ? [scaled] : [scaled, scaled];
      const attributes = also === 'Relu' ? {} : { transA: attr.int(1) };
      return { left, right: g.node(also, inputs, attributes) };
    });

  test('puts the factor into every product, squared where it comes in twice', async () => {
    expect(await compare(products('Gemm'), sinkScaleIntoProducts)).toEqual(['Gemm', 'Gemm']);
  });

  test('leaves a value that is read otherwise too', () => {
    unchanged(products('Relu'), sinkScaleIntoProducts);
  });
});

describe('sigmoid-weighted-gradient', () => {
  /** The gradient of x·σ(x) as tfjs writes it, with what other paths contribute before the second term. */
  const gradient = (others: boolean, numerator = 1, withValue = true) =>
    graph((g) => {
      const [x, dy] = [g.x('x'), g.x('dy')];
      const s = g.node('Sigmoid', [x]);
      const straight = g.node('Mul', [dy, s]);
      const variance = g.node('Mul', [s, g.node('Sub', [g.float(numerator), s])]);
      const curved = g.node('Mul', [g.node('Mul', [dy, x]), variance]);
      const first = others ? g.node('Add', [g.x('others'), straight]) : straight;
      const slope = g.node('Add', [first, curved]);
      return withValue ? { slope, value: g.node('Mul', [s, x]) } : { slope };
    });

  test('takes two operations less, alone and with other contributions', async () => {
    expect(await compare(gradient(false), sigmoidWeightedGradient)).toEqual([
      ...['Sigmoid', 'Sub', 'Mul', 'Mul', 'Add', 'Mul'],
    ]);
    expect(await compare(gradient(true), sigmoidWeightedGradient)).toEqual([
      ...['Sigmoid', 'Sub', 'Mul', 'Mul', 'Add', 'Mul', 'Add'],
    ]);
  });

  test('leaves other numbers than 1, and gradients of what was not computed', () => {
    unchanged(gradient(false, 2), sigmoidWeightedGradient);
    unchanged(gradient(false, 1, false), sigmoidWeightedGradient);
  });
});

describe('bias-of-transposed-convolution', () => {
  const layer = (last: boolean, shape?: number[], alsoRead = false) =>
    graph((g) => {
      // 5 channels of 5 × 5 pixels: a row of 5 fits along each axis.
      const image = g.node('ConvTranspose', [g.x('x', [2, 3, 4, 4]), g.x('w', [3, 5, 2, 2])]);
      const y = last ? g.node('Transpose', [image], { perm: attr.ints([0, 2, 3, 1]) }) : image;
      const row = shape ?? (last ? [1, 1, 1, 5] : [1, 5, 1, 1]);
      const bias = g.node('Reshape', [g.x('bias', [5]), g.ints(...row)]);
      const sum = g.node('Add', [y, bias]);
      return alsoRead ? { sum, y } : { sum };
    });

  test('goes into the convolution, channels first and last', async () => {
    const pass = biasOfTransposedConvolution;
    expect(await compare(layer(false), pass)).toEqual(['ConvTranspose']);
    expect(await compare(layer(true), pass)).toEqual(['ConvTranspose', 'Transpose']);
  });

  test('leaves a row along another axis, and a result that is read without it', () => {
    unchanged(layer(false, [1, 1, 1, 5]), biasOfTransposedConvolution);
    unchanged(layer(true, [1, 5, 1, 1]), biasOfTransposedConvolution);
    unchanged(layer(false, undefined, true), biasOfTransposedConvolution);
  });
});
