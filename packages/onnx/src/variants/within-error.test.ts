import { describe, expect, test } from '@jest/globals';
import { attr } from '../attributes.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Model } from '../ir.ts';
import { toFloat16 } from './to-float16.ts';
import { toInt8 } from './to-int8.ts';
import { withinError } from './within-error.ts';

const WIDTH = 40;

/** x → a → b → c, each the product with a matrix and something that has no weight. */
function chain(): Model {
  const g = new GraphBuilder('chain');
  let value = g.input('x', 'float32', ['batch', WIDTH]);
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    const values = Float32Array.from({ length: WIDTH * WIDTH }, (_, at) => Math.sin(at + i));
    const weight = g.initializer(`${name}_weight`, values, [WIDTH, WIDTH]);
    value = g.node('MatMul', [value, weight], {}, { output: `${name}_product` });
    value = g.node('LeakyRelu', [value], { alpha: attr.float(0.1) });
  }
  g.output(value, 'float32', ['batch', WIDTH], 'y');
  return g.build();
}

/** The products that a variant still makes of float32 weights. */
function wholeProducts({ graph }: Model): string[] {
  return graph.nodes
    .filter(
      ({ opType, inputs }) =>
        opType === 'MatMul' && graph.initializers.get(inputs[1] as string)?.dtype === 'float32',
    )
    .map(({ outputs }) => outputs[0] as string);
}

/** An error for each product that is not whole: the error of a variant is their sum. */
const costs = (errors: Readonly<Record<string, number>>) => (variant: Model) => {
  const whole = wholeProducts(variant);
  return Object.entries(errors)
    .filter(([name]) => !whole.includes(name))
    .reduce((sum, [, error]) => sum + error, 0);
};

describe.each([
  ['int8', (model: Model) => (keep: readonly string[]) => toInt8(model, { keep })],
  ['fp16', (model: Model) => (keep: readonly string[]) => toFloat16(model, { keep })],
  [
    'fp16, stored alone',
    (model: Model) => (keep: readonly string[]) => toFloat16(model, { keep, compute: 'float32' }),
  ],
])('%s', (_, make) => {
  test('converts all that it can where that is within the limit', async () => {
    const measure = costs({ a_product: 0.1, b_product: 0.1, c_product: 0.1 });
    const found = await withinError(chain(), make(chain()), { measure, limit: 0.5 });
    expect(found.kept).toEqual([]);
    expect(found.error).toBeCloseTo(0.3, 12);
    expect(wholeProducts(found.model)).toEqual([]);
  });

  test('leaves the worst whole, as few as need be', async () => {
    const measure = costs({ a_product: 0.1, b_product: 3, c_product: 0.4 });
    const one = await withinError(chain(), make(chain()), { measure, limit: 0.5 });
    expect(one.kept).toEqual(['b_product']);
    expect(one.error).toBeCloseTo(0.5, 12);
    expect(wholeProducts(one.model)).toEqual(['b_product']);
    const two = await withinError(chain(), make(chain()), { measure, limit: 0.2 });
    expect(two.kept).toEqual(['b_product', 'c_product']);
    expect(two.report.initializers).toHaveLength(1);
  });

  test('what gives no number is worse than any that does', async () => {
    const measure = costs({ a_product: 9, b_product: Number.NaN, c_product: 0.1 });
    const { kept } = await withinError(chain(), make(chain()), { measure, limit: 0.2 });
    expect(kept).toEqual(['b_product', 'a_product']);
  });

  test('refuses a variant of which nothing would be left', async () => {
    const measure = costs({ a_product: 1, b_product: 2, c_product: 3 });
    await expect(
      withinError(chain(), make(chain()), { measure, limit: 0.5 }),
    ).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(/error is 1/) });
  });
});

test('a model without weights is itself, whatever is measured', async () => {
  const g = new GraphBuilder('none');
  g.output(g.node('Relu', [g.input('x', 'float32', [2])]), 'float32', [2], 'y');
  const model = g.build();
  const found = await withinError(model, (keep) => toInt8(model, { keep }), {
    measure: () => 0,
    limit: 0,
  });
  expect(found).toMatchObject({ kept: [], error: 0 });
});

test.each([
  ['a limit below zero', { measure: () => 0, limit: -1 }],
  ['a limit that is no number', { measure: () => 0, limit: Number.NaN }],
  ['nothing to measure by', { limit: 1 }],
])('%s is an invalid argument', async (_, options) => {
  const model = chain();
  const making = withinError(model, (keep) => toInt8(model, { keep }), options as never);
  await expect(making).rejects.toMatchObject({ code: 'invalid-argument' });
});
