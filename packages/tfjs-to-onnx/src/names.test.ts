import '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { assertValidModel, writeModel } from '@latentkit/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { toOnnx } from './to-onnx.ts';
import { traceFunction } from './trace-function.ts';

afterEach(() => tf.disposeVariables());

/** Names that the builder makes up itself, that converters give, and that need care when they are written. */
const NAMES = [
  'Identity',
  'Identity_1',
  'Identity:1',
  'Relu',
  'Relu_out',
  'Relu_1',
  'MatMul_out',
  'const',
  'rows',
  'Shape',
  'Shape_out',
  'x',
  'output',
  'StatefulPartitionedCall/model/dense/BiasAdd:0',
  '/',
  ':',
  ' ',
  'größe 寸法 😀',
  'constructor',
  'toString',
  'batch',
  '2*batch',
] as const;

const weights = tf.keep(tf.tensor2d([1, 2, 3, 4, -5, -6], [2, 3]));
/** Makes up nodes and constants of many names: MatMul, Relu, Shape, const, rows. */
const body = (x: tf.Tensor) => {
  const batch = x.shape[0] as number;
  const product = tf.relu(tf.add(tf.matMul(x as tf.Tensor2D, weights as tf.Tensor2D), 0.5));
  return tf.concat([product, tf.tensor2d(new Array(batch * 2).fill(0.25), [batch, 2])], 1);
};

describe.each(NAMES)('%j', (name) => {
  test('is the name of an output, of two, of one at either place', async () => {
    const inputs = { input: { shape: [null, 2] } };
    const { model: alone, report } = await toOnnx((x) => ({ [name]: body(x) }), { inputs });
    expect(alone.graph.outputs.map((output) => output.name)).toEqual([name]);
    expect(report.nodes).toMatchObject({ Gemm: 1, Relu: 1 });
    for (const swap of [false, true]) {
      const both = (x: tf.Tensor) => {
        const entries = Object.entries({ [name]: body(x), [`${name}_1`]: tf.neg(x) });
        return Object.fromEntries(swap ? entries.reverse() : entries);
      };
      const { model: pair } = await toOnnx(both, { inputs });
      expect(pair.graph.outputs.map((output) => output.name).sort()).toEqual([name, `${name}_1`]);
    }
  });

  test('is the name of an output in the graph as it was traced', async () => {
    const { model: plain, report } = await toOnnx((x) => ({ [name]: body(x) }), {
      inputs: { input: { shape: [null, 2] } },
      optimize: false,
    });
    expect(plain.graph.outputs.map((output) => output.name)).toEqual([name]);
    expect(report.verification?.runs).toBe(18);
  });

  test('is the name of an input, which may be an output as well', async () => {
    const { model: exported } = await toOnnx((x) => ({ same: x, computed: body(x) }), {
      inputs: { [name]: { shape: [null, 2] } },
    });
    expect(exported.graph.inputs.map((input) => input.name)).toEqual([name]);
  });

  test('is the name of noise, of a variable, and of a new value', async () => {
    const noisy = (x: tf.Tensor) => body(tf.add(x, tf.randomNormal(x.shape)));
    const { model: exported } = await toOnnx(noisy, {
      inputs: { input: { shape: [null, 2] } },
      noise: [name],
    });
    expect(exported.graph.inputs.map((input) => input.name)).toEqual(['input', name]);

    // tfjs itself takes these for registered.
    if (name in {}) return;
    const variable = tf.variable(tf.tensor1d([1, 2, 3, 4, 5]), true, name);
    const traced = await traceFunction(
      (x) => {
        variable.assign(tf.add(tf.sum(body(x), 0), variable) as tf.Tensor1D);
        return { loss: tf.mean(variable) };
      },
      { inputs: { input: { shape: [null, 2] } }, variables: 'inputs' },
    );
    assertValidModel(writeModel(traced.model));
    expect(traced.model.graph.inputs.map((input) => input.name)).toEqual(['input', name]);
    expect(traced.assignments.map(({ output }) => output)).toEqual([`${name}:assigned`]);
  });

  test('is the name of a dynamic dimension', async () => {
    const { model: exported } = await toOnnx((x) => ({ twice: tf.concat([x, x]), x1: body(x) }), {
      inputs: { input: { shape: [name, 2] } },
    });
    const shape = (at: number) => exported.graph.outputs[at]?.type;
    expect(shape(1)).toMatchObject({ shape: [name, 5] });
    expect(shape(0)).toMatchObject({ shape: [`2*${name}`, 2] });
  });

  test('is the name of a layer', async () => {
    // tfjs-layers allows no others.
    if (!/^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/.test(name)) return;
    const x = layers.input({ shape: [2], name: 'pixels' });
    const hidden = layers.dense({ units: 3, activation: 'relu', name }).apply(x);
    const last = layers.dense({ units: 1, name: `${name}_1` }).apply(hidden) as SymbolicTensor;
    const outputs = [hidden as SymbolicTensor, last];
    const { model: exported } = await toOnnx(model({ inputs: x, outputs }));
    expect(exported.graph.outputs.map((output) => output.name)).toEqual([name, `${name}_1`]);
    expect([...exported.graph.initializers.keys()]).toContain(`${name}/kernel`);
  });
});

test('made-up dimensions give way to one that is called so', async () => {
  const { model: exported } = await toOnnx((x, y) => ({ a: tf.concat([x, x]), b: tf.neg(y) }), {
    inputs: { x: { shape: ['n', 2] }, y: { shape: ['2*n'] } },
  });
  expect(exported.graph.outputs.map(({ type }) => type)).toMatchObject([
    { shape: [null, 2] },
    { shape: ['2*n'] },
  ]);
});

test.each([
  ['an output called as an input', { noise: ['eps'], outputs: ['x'] }, "are called 'x'"],
  ['noise called as an input', { noise: ['x'] }, "are called 'x'"],
  ['noise called as an output', { noise: ['y'], outputs: ['y'] }, "are called 'y'"],
  ['an output without a name', { noise: ['eps'], outputs: [''] }, 'empty name'],
  ['an output called __proto__', { noise: ['eps'], outputs: ['__proto__'] }, "called '__proto__'"],
  ['noise called __proto__', { noise: ['__proto__'] }, "called '__proto__'"],
])('%s is refused', async (_, options, message) => {
  const noisy = (x: tf.Tensor) => tf.add(x, tf.randomNormal(x.shape));
  await expect(
    toOnnx(noisy, { inputs: { x: { shape: [null, 2] } }, ...options }),
  ).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining(message),
  });
});

test('an input or output of the key __proto__ is refused', async () => {
  const x = { shape: [null, 2] } as const;
  for (const [fn, inputs] of [
    [(a: tf.Tensor) => ({ ['__proto__']: tf.relu(a) }), { x }],
    [(a: tf.Tensor) => tf.relu(a), { ['__proto__']: x }],
  ] as const) {
    await expect(toOnnx(fn as never, { inputs: inputs as never })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining("called '__proto__'"),
    });
  }
});

test('a variable called as an input is refused where variables are inputs', async () => {
  const x = tf.variable(tf.tensor1d([1, 2]), true, 'x');
  const options = { inputs: { x: { shape: [null, 2] } } } as const;
  const fn = (input: tf.Tensor) => tf.add(input, x);
  await expect(traceFunction(fn, { ...options, variables: 'inputs' })).rejects.toMatchObject({
    code: 'invalid-argument',
  });
  expect((await traceFunction(fn, options)).model.graph.inputs).toHaveLength(1);
});
