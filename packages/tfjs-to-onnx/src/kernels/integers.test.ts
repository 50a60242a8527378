import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from '@latentkit/system/ort-for-tests';
import * as tf from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
/** Both ends of 32 bits, both sides of what float32 holds exactly, and small numbers of both signs. */
const VALUES = [
  MIN,
  MIN + 1,
  -100_000_001,
  -16_777_217,
  -7,
  -1,
  0,
  1,
  2,
  7,
  16_777_217,
  50_331_651,
  MAX - 1,
  MAX,
];
const pairs = VALUES.flatMap((a) => VALUES.map((b) => [a, b] as const));
const [left, right] = [0, 1].map((i) => Int32Array.from(pairs, (pair) => pair[i] as number)) as [
  Int32Array,
  Int32Array,
];

/** The lower 32 bits of a whole number. */
const wrap = (value: bigint) => Number(BigInt.asIntN(32, value));
const floored = (a: bigint, b: bigint) => (b === 0n ? 0n : (a - (((a % b) + b) % b)) / b);
const modulo = (a: bigint, b: bigint) => (b === 0n ? 0n : ((a % b) + b) % b);

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
/** What each kernel computes, in whole numbers without an end. */
const BINARY: Record<string, readonly [Binary, (a: bigint, b: bigint) => bigint]> = {
  floorDiv: [tf.floorDiv, floored],
  div: [tf.div, floored],
  mod: [tf.mod, modulo],
  add: [tf.add, (a, b) => a + b],
  sub: [tf.sub, (a, b) => a - b],
  mul: [tf.mul, (a, b) => a * b],
  squaredDifference: [tf.squaredDifference, (a, b) => (a - b) * (a - b)],
  maximum: [tf.maximum, (a, b) => (a > b ? a : b)],
  minimum: [tf.minimum, (a, b) => (a < b ? a : b)],
  equal: [tf.equal, (a, b) => BigInt(a === b)],
  notEqual: [tf.notEqual, (a, b) => BigInt(a !== b)],
  less: [tf.less, (a, b) => BigInt(a < b)],
  lessEqual: [tf.lessEqual, (a, b) => BigInt(a <= b)],
  greater: [tf.greater, (a, b) => BigInt(a > b)],
  greaterEqual: [tf.greaterEqual, (a, b) => BigInt(a >= b)],
};

async function run(bytes: Uint8Array, feeds: Record<string, Int32Array>): Promise<number[]> {
  const session = await InferenceSession.create(bytes);
  const tensors = Object.entries(feeds).map(
    ([name, data]) => [name, new Tensor('int32', data, [data.length])] as const,
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Array.from(results[session.outputNames[0] as string]?.data as Int32Array, Number);
}

const ints = { shape: [null], dtype: 'int32', range: [1, 100] } as const;

describe('between integers of 32 bits', () => {
  test.each(Object.entries(BINARY))('%s is exact', async (_, [fn, expected]) => {
    const { bytes } = await toOnnx((a, b) => fn(a, b), { inputs: { a: ints, b: ints } });
    const result = await run(bytes, { a: left, b: right });
    expect(result).toEqual(pairs.map(([a, b]) => wrap(expected(BigInt(a), BigInt(b)))));
  });

  test.each(
    (['floorDiv', 'div', 'mod', 'mul', 'sub', 'less'] as const).flatMap((name) =>
      [1, -1, 3, -3, 16_777_217, MIN, MAX].map((divisor) => [name, divisor] as const),
    ),
  )('%s with the constant %i is exact', async (name, constant) => {
    const [fn, expected] = BINARY[name] as (typeof BINARY)[string];
    const { bytes } = await toOnnx((a) => fn(a, tf.scalar(constant, 'int32')), {
      inputs: { a: ints },
    });
    expect(await run(bytes, { a: Int32Array.from(VALUES) })).toEqual(
      VALUES.map((a) => wrap(expected(BigInt(a), BigInt(constant)))),
    );
  });

  test.each(['floorDiv', 'mod'] as const)('%s by the constant zero is zero', async (name) => {
    const [fn] = BINARY[name] as (typeof BINARY)[string];
    const { bytes } = await toOnnx((a) => fn(a, tf.scalar(0, 'int32')), { inputs: { a: ints } });
    expect(await run(bytes, { a: Int32Array.from(VALUES) })).toEqual(VALUES.map(() => 0));
  });

  test('powers keep their lower 32 bits, and those below one are zero', async () => {
    const { bytes } = await toOnnx((a, b) => tf.pow(a, b), {
      inputs: { a: { ...ints, range: [1, 3] }, b: { ...ints, range: [0, 5] } },
    });
    const cases = [
      [3, 19, 1162261467],
      [2, 31, MIN],
      [-2, 31, MIN],
      [7, 11, wrap(7n ** 11n)],
      [2, 40, 0],
      [46341, 2, wrap(46341n ** 2n)],
      [2, -1, 0],
      [-1, -3, -1],
      [1, MIN, 1],
      [0, 0, 1],
      [0, -1, 0],
      [MAX, 1, MAX],
      [MIN, 1, MIN],
    ] as const;
    const column = (i: 0 | 1) => Int32Array.from(cases, (row) => row[i]);
    expect(await run(bytes, { a: column(0), b: column(1) })).toEqual(cases.map((row) => row[2]));
  });
});

describe('of one integer', () => {
  const UNARY: Record<string, readonly [(x: tf.Tensor) => tf.Tensor, (x: bigint) => bigint]> = {
    neg: [tf.neg, (x) => -x],
    abs: [tf.abs, (x) => (x < 0n ? -x : x)],
    sign: [tf.sign, (x) => BigInt(Math.sign(Number(x)))],
    square: [tf.square, (x) => x * x],
    round: [tf.round, (x) => x],
    relu: [tf.relu, (x) => (x < 0n ? 0n : x)],
    isNaN: [tf.isNaN, () => 0n],
    isFinite: [tf.isFinite, () => 1n],
    isInf: [tf.isInf, () => 0n],
    'cumsum of one': [(x) => tf.reshape(tf.cumsum(tf.reshape(x, [-1, 1]), 1), [-1]), (x) => x],
    'sum of one': [(x) => tf.sum(tf.reshape(x, [-1, 1]), 1), (x) => x],
    'max of one twice': [(x) => tf.max(tf.stack([x, x], 1), 1), (x) => x],
    'picked from itself': [
      (x) => tf.where(tf.greater(x, 0), x, tf.neg(x)),
      (x) => (x < 0n ? -x : x),
    ],
  };
  test.each(Object.entries(UNARY))('%s is exact', async (_, [fn, expected]) => {
    const { bytes } = await toOnnx((x) => fn(x), { inputs: { x: ints } });
    expect(await run(bytes, { x: Int32Array.from(VALUES) })).toEqual(
      VALUES.map((x) => wrap(expected(BigInt(x)))),
    );
  });

  test('the mean is that of the numbers in float32', async () => {
    const { bytes } = await toOnnx((x) => tf.mean(tf.reshape(x, [-1, 1]), 1), {
      inputs: { x: ints },
    });
    expect(await run(bytes, { x: Int32Array.from(VALUES) })).toEqual(VALUES.map(Math.fround));
  });
});
