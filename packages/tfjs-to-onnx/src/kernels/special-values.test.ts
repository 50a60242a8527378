import '@tensorflow/tfjs';
import { beforeAll, expect, test } from '@jest/globals';
import * as ort from '@latentkit/system/ort-for-tests';
import * as tf from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';

beforeAll(() => tf.setBackend('cpu'));

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 8, -200];

/** All but those to integers, which hold no such values: ONNX leaves open what they become. */
type Unary = (x: tf.Tensor) => tf.Tensor;
const UNARY: Readonly<Record<string, Unary>> = {
  abs: tf.abs,
  acos: tf.acos,
  acosh: tf.acosh,
  asin: tf.asin,
  asinh: tf.asinh,
  atan: tf.atan,
  atanh: tf.atanh,
  ceil: tf.ceil,
  clip: (x) => tf.clipByValue(x, -1.5, 2),
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: tf.floor,
  isFinite: tf.isFinite,
  isInf: tf.isInf,
  isNaN: tf.isNaN,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  log: tf.log,
  log1p: tf.log1p,
  logSigmoid: tf.logSigmoid,
  neg: tf.neg,
  prelu: (x) => tf.prelu(x, tf.scalar(0.3)),
  reciprocal: tf.reciprocal,
  relu: tf.relu,
  relu6: tf.relu6,
  round: tf.round,
  rsqrt: tf.rsqrt,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  sqrt: tf.sqrt,
  square: tf.square,
  step: tf.step,
  'step with a slope': (x) => tf.step(x, 0.3),
  tan: tf.tan,
  tanh: tf.tanh,
  'to bool': (x) => tf.cast(x, 'bool'),
};
const BINARY: Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  add: tf.add,
  atan2: tf.atan2,
  div: tf.div,
  divNoNan: tf.divNoNan,
  equal: tf.equal,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  maximum: tf.maximum,
  minimum: tf.minimum,
  mod: tf.mod,
  mul: tf.mul,
  notEqual: tf.notEqual,
  pow: tf.pow,
  prelu: tf.prelu,
  squaredDifference: tf.squaredDifference,
  sub: tf.sub,
};

/** Where runtimes disagree on the sign of zero, and the export follows ONNX Runtime. */
const SIGN_OF_ZERO = ['log1p', 'relu', 'relu6', 'selu', 'atan2', 'maximum', 'minimum', 'mod'];

/** Results that stay other than tfjs's, as the README says: what would make them the same costs every result. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  sign: ['(NaN): 0, NaN'],
  step: ['(NaN): NaN, 0'],
  pow: ['(1, NaN)', '(1, Infinity)', '(1, -Infinity)', '(-1, Infinity)', '(-1, -Infinity)'].map(
    (of) => `${of}: NaN, 1`,
  ),
};

const text = (value: number | undefined) => (Object.is(value, -0) ? '-0' : String(value));

/** What the export gives, without and with ONNX Runtime's own optimisation. */
async function* resultsOf(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  lists: readonly (readonly number[])[],
  shape: readonly (number | null)[],
): AsyncGenerator<number[]> {
  const inputs = Object.fromEntries(lists.map((_, i) => [`x${i}`, { shape }]));
  const { bytes } = await toOnnx(fn, { inputs, verify: false });
  for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
    const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel });
    const feeds = lists.map((list, i) => {
      const dims = shape.map((size) => size ?? list.length);
      return [`x${i}`, new ort.Tensor('float32', list, dims)];
    });
    const [output] = Object.values(await session.run(Object.fromEntries(feeds)));
    await session.release();
    yield Array.from(output?.data as ArrayLike<number>, Number);
  }
}

/** What tfjs gives and what the export gives, where they are not the same. */
async function differences(
  name: string,
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  lists: readonly (readonly number[])[],
): Promise<string[]> {
  const expected = fn(...lists.map((list) => tf.tensor1d([...list]))).dataSync();
  const found = new Set<string>();
  for await (const got of resultsOf(fn, lists, [null])) {
    expected.forEach((value, i) => {
      const other = got[i] as number;
      const close = Math.abs(other - value) <= 1e-5 * Math.abs(value) || other === value;
      const isZero = value === 0 && !SIGN_OF_ZERO.includes(name);
      if (isZero ? Object.is(other, value) : close || Object.is(other, value)) return;
      const given = lists.map((list) => text(list[i])).join(', ');
      found.add(`(${given}): ${text(value)}, ${text(other)}`);
    });
  }
  return [...found];
}

test.each(Object.entries(UNARY))('%s', async (name, fn) => {
  expect(await differences(name, fn as never, [SPECIAL])).toEqual(OTHERWISE[name] ?? []);
});

const LEFT = SPECIAL.flatMap((value) => SPECIAL.map(() => value));
const RIGHT = SPECIAL.flatMap(() => SPECIAL);

test.each(Object.entries(BINARY))('%s of two', async (name, fn) => {
  const found = await differences(name, fn as never, [LEFT, RIGHT]);
  // On the cut along the negative axis the sign of zero is a whole turn.
  const cut = /^\(-?0, -.*\): -?(0|3\.14\d*), (0|3\.14\d*)$/;
  const counted = found.filter((line) => name !== 'atan2' || !cut.test(line));
  expect(counted).toEqual(OTHERWISE[name] ?? []);
});

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
interface Several {
  readonly fn: Unary;
  readonly values: readonly number[];
  readonly shape?: readonly number[];
  /** What tfjs gives, and what the export gives, where it is not the same. */
  readonly results: readonly [tfjs: string, other?: string];
}
const row = (values: readonly number[]) => [1, 1, values.length, 1];

/** Of several numbers: what differs is in the README's list, as what is in OTHERWISE. */
const OF_SEVERAL: Readonly<Record<string, Several>> = {
  sum: { fn: tf.sum, values: [1, nan, inf], results: ['NaN'] },
  mean: { fn: tf.mean, values: [1, -inf, inf], results: ['NaN'] },
  prod: { fn: tf.prod, values: [0, inf, 1], results: ['NaN'] },
  cumsum: { fn: (x) => tf.cumsum(x), values: [1, inf, -inf], results: ['1, Infinity, NaN'] },
  softmax: { fn: tf.softmax, values: [1, inf, 2], results: ['NaN, NaN, NaN'] },
  max: { fn: (x) => tf.max(x), values: [1, nan, 2], results: ['NaN', '2'] },
  min: { fn: (x) => tf.min(x), values: [1, nan, 2], results: ['NaN', '1'] },
  argMax: { fn: (x) => tf.argMax(x), values: [1, nan, 2], results: ['2', '1'] },
  argMin: { fn: (x) => tf.argMin(x), values: [1, nan, 2], results: ['0', '1'] },
  'the norm of infinity': {
    fn: (x) => tf.norm(x, Number.POSITIVE_INFINITY),
    values: [1, nan, 2],
    results: ['NaN', '2'],
  },
  topk: { fn: (x) => tf.topk(x, 2).values, values: [1, nan, 2], results: ['NaN, 2', '1, NaN'] },
  unsortedSegmentSum: {
    fn: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0], 'int32'), 2),
    values: [nan, 1, 2],
    results: ['NaN, NaN', 'NaN, 1'],
  },
  avgPool: {
    fn: (x) => tf.avgPool(x as tf.Tensor4D, [1, 2], 1, 'valid'),
    values: [nan, 1, inf, -inf],
    shape: row([nan, 1, inf, -inf]),
    results: ['NaN, Infinity, NaN'],
  },
  maxPool: {
    fn: (x) => tf.maxPool(x as tf.Tensor4D, [1, 2], 1, 'valid'),
    values: [nan, 1, nan, 2],
    shape: row([nan, 1, nan, 2]),
    results: ['1, 1, 2', '1, NaN, 2'],
  },
  resizeBilinear: {
    fn: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [1, 4]),
    values: [inf, 1],
    shape: row([inf, 1]),
    results: ['NaN, NaN, 1, 1', 'Infinity, Infinity, 1, 1'],
  },
  'resizeBilinear to fewer': {
    fn: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [1, 2]),
    values: [1, inf, 2, 3],
    shape: row([1, inf, 2, 3]),
    results: ['1, 2', 'NaN, 2'],
  },
};

test.each(Object.entries(OF_SEVERAL))('%s of several', async (_, item) => {
  const { fn, values, shape = [values.length], results } = item;
  const [expected, other = expected] = results;
  const list = (numbers: Iterable<number>) => Array.from(numbers, text).join(', ');
  expect(list(fn(tf.tensor([...values], [...shape])).dataSync())).toBe(expected);
  for await (const got of resultsOf(fn, [values], shape)) expect(list(got)).toBe(other);
});

test('atan2 of a zero beside none above it is half a turn away, or a whole one', async () => {
  const lists = [
    [-0, 0, -0],
    [-0, -0, -1],
  ];
  const given = tf.atan2(...(lists.map((list) => tf.tensor1d(list)) as [tf.Tensor, tf.Tensor]));
  expect(Array.from(given.dataSync())).toEqual([-Math.PI, Math.PI, -Math.PI].map(Math.fround));
  for await (const got of resultsOf((y, x) => tf.atan2(y as tf.Tensor, x as tf.Tensor), lists, [
    null,
  ])) {
    expect(got).toEqual([0, 0, Math.fround(Math.PI)]);
  }
});
