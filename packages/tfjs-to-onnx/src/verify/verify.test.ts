import '@tensorflow/tfjs';
import { describe, expect, jest, test } from '@jest/globals';
import * as onnxruntime from '@latentkit/system/ort-for-tests';
import * as tf from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';
import { difference, within } from './compare.ts';
import type { Runtime } from './runtime.ts';

const inputs = { x: { shape: [null, 3] } } as const;

describe('difference', () => {
  test('is absolute, and relative to the largest magnitude that is expected', () => {
    expect(difference([1, -4, 2], [1, -4, 2.5])).toEqual({ abs: 0.5, rel: 0.125 });
    expect(difference([1, 2], [1, 2])).toEqual({ abs: 0, rel: 0 });
  });
  test('takes equal infinities and NaN for equal, and one of them alone for infinitely far', () => {
    expect(difference([Infinity, NaN], [Infinity, NaN])).toEqual({ abs: 0, rel: 0 });
    expect(difference([NaN], [0]).abs).toBe(Infinity);
    expect(difference([1], [NaN]).abs).toBe(Infinity);
    expect(difference([Infinity], [-Infinity]).abs).toBe(Infinity);
    expect(difference([1], [1, 2]).abs).toBe(Infinity);
  });
  test('is within a tolerance or not', () => {
    const tolerance = { relative: 1e-3, absolute: 1e-6 };
    expect(within(difference([100], [100.09]), tolerance)).toBe(true);
    expect(within(difference([100], [100.2]), tolerance)).toBe(false);
    expect(within(difference([0], [9e-7]), tolerance)).toBe(true);
    expect(within(difference([0], [2e-6]), tolerance)).toBe(false);
    expect(within(difference([1], [NaN]), tolerance)).toBe(false);
  });
});

test('an export is run at batch 1, 2 and 5 on three kinds of values, with optimisation off and on', async () => {
  const { report } = await toOnnx((x) => tf.exp(x), {
    inputs: { x: { shape: [null, 3], range: [-3, 3] } },
  });
  expect(report.verification?.runs).toBe(3 * 3 * 2);
  expect(report.verification?.outputs['output']?.rel).toBeLessThan(1e-6);
  expect(report.verification?.outputs['output']?.worstCase).toMatch(
    /batch \d, \w+ values, optimisation/,
  );
});

test('a slice is not compared where it is larger than what it is taken from', async () => {
  // At a width of 3, tfjs takes 3 − 4 for all that is left, and gives a column.
  const { report } = await toOnnx((x) => tf.slice(x, [0, 2], [-1, (x.shape[1] as number) - 4]), {
    inputs: { x: { shape: [null, 'width'] } },
  });
  // Of six widths that were not traced, those from 7 on.
  expect(report.verification?.runs).toBe((3 * 3 + 3) * 2);
});

/** A runtime whose results are nudged at one operator's output, as a wrong graph would be. */
function nudged(optimised: boolean): Runtime {
  return {
    ...(onnxruntime as unknown as Runtime),
    InferenceSession: {
      create: async (bytes, options) => {
        const session = await onnxruntime.InferenceSession.create(bytes, options);
        return {
          release: () => session.release(),
          run: async (feeds) => {
            const results = await session.run(feeds as never);
            if (optimised !== (options.graphOptimizationLevel === 'all')) return results as never;
            for (const [name, { data }] of Object.entries(results)) {
              if (name.includes('Tanh') || name === 'output') (data as Float32Array)[0]! += 0.5;
            }
            return results as never;
          },
        };
      },
    },
  };
}

test('a difference is reported with its case, its size and the first kernel that differs', async () => {
  const error = await toOnnx((x) => tf.neg(tf.tanh(tf.add(x, 1))), {
    inputs,
    verify: { runtime: nudged(false) },
  }).catch((e) => e);
  expect(error).toMatchObject({ code: 'verification-failed' });
  expect(error.message).toMatch(
    /output 'output' is off by 0\.500 .*batch 1, ordinary values, optimisation disabled/,
  );
  expect(error.message).toContain(
    "The first kernel that differs is Tanh (ONNX node 'Tanh', Tanh), by 0.500",
  );
});

test('a difference of the optimised graph alone says so', async () => {
  const error = await toOnnx((x) => tf.neg(tf.tanh(x)), {
    inputs,
    verify: { runtime: nudged(true) },
  }).catch((e) => e);
  expect(error.message).toContain('optimisation all');
  expect(error.message).toContain('No kernel of the plain graph differs');
});

test('the tolerance can be raised', async () => {
  const { report } = await toOnnx((x) => tf.neg(tf.tanh(x)), {
    inputs,
    verify: { runtime: nudged(false), tolerance: { absolute: 0.6 } },
  });
  expect(report.verification?.outputs['output']?.abs).toBeCloseTo(0.5);
});

test('without ONNX Runtime the error says what to do', async () => {
  jest.resetModules();
  jest.doMock('@latentkit/system/ort', () => ({
    loadOrt: () => Promise.reject(new Error("Cannot find module 'onnxruntime-node'")),
  }));
  try {
    const { loadRuntime } = await import('./runtime.ts');
    await expect(loadRuntime()).rejects.toMatchObject({
      code: 'missing-dependency',
      message: expect.stringContaining('npm install onnxruntime-node'),
    });
  } finally {
    jest.dontMock('@latentkit/system/ort');
  }
});

test('verification is left out on demand', async () => {
  const { report } = await toOnnx((x) => tf.relu(x), { inputs, verify: false });
  expect(report.verification).toBeNull();
});

/** A runtime whose results are changed by a function of each tensor. */
const changed = (change: (tensor: onnxruntime.Tensor) => onnxruntime.Tensor): Runtime => ({
  ...(onnxruntime as unknown as Runtime),
  InferenceSession: {
    create: async (bytes, options) => {
      const session = await onnxruntime.InferenceSession.create(bytes, options);
      return {
        release: () => session.release(),
        run: async (feeds) => {
          const results = Object.entries(await session.run(feeds as never));
          return Object.fromEntries(
            results.map(([name, tensor]) => [name, change(tensor as onnxruntime.Tensor)]),
          ) as never;
        },
      };
    },
  },
});

describe('shapes are compared', () => {
  const flat = (tensor: onnxruntime.Tensor) =>
    new onnxruntime.Tensor('float32', tensor.data as Float32Array, [tensor.data.length]);
  const turned = (tensor: onnxruntime.Tensor) =>
    new onnxruntime.Tensor('float32', tensor.data as Float32Array, [...tensor.dims].reverse());
  const deeper = (tensor: onnxruntime.Tensor) =>
    new onnxruntime.Tensor('float32', tensor.data as Float32Array, [1, ...tensor.dims]);
  test.each([
    ['of another rank', flat, 'gives [3]'],
    ['the other way round', turned, 'gives [3, 1]'],
    ['with one more', deeper, 'gives [1, 1, 3]'],
  ])('%s', async (_, change, message) => {
    const error = await toOnnx((x) => tf.relu(x), {
      inputs,
      verify: { runtime: changed(change) },
    }).catch((e) => e);
    expect(error).toMatchObject({ code: 'verification-failed' });
    expect(error.message).toContain("output 'output' has the shape [1, 3] in tfjs");
    expect(error.message).toContain(message);
  });

  test('an output that is missing', async () => {
    const runtime = changed((tensor) => tensor);
    const none: Runtime = {
      ...runtime,
      InferenceSession: {
        create: async (...args) => ({
          ...(await runtime.InferenceSession.create(...args)),
          run: async () => ({}),
        }),
      },
    };
    await expect(toOnnx((x) => tf.relu(x), { inputs, verify: { runtime: none } })).rejects.toThrow(
      'does not have it',
    );
  });

  test('a graph that ONNX Runtime cannot run', async () => {
    const runtime = changed(() => {
      throw new Error('no kernel');
    });
    await expect(toOnnx((x) => tf.relu(x), { inputs, verify: { runtime } })).rejects.toMatchObject({
      code: 'verification-failed',
      message: expect.stringContaining('no kernel'),
    });
  });
});

describe('what float32 itself cannot tell apart', () => {
  const noise = (rows: number, columns: number, scale: number, seed: number) => {
    let state = seed;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const values = Float32Array.from(
      { length: rows * columns },
      () => (next() + next() + next() + next() - 2) * Math.sqrt(3) * scale,
    );
    return tf.keep(tf.tensor2d(values, [rows, columns]));
  };
  const n = 128;
  const hidden = Array.from({ length: 6 }, (_, i) => noise(n, n, 1.5 * Math.sqrt(2 / n), i + 1));
  const last = noise(n, n, 0.3, 9);
  const deep = (x: tf.Tensor) =>
    hidden.reduce((y, w) => tf.relu(tf.matMul(y, w)), x as tf.Tensor2D) as tf.Tensor2D;
  const HEADS = {
    sigmoid: (x: tf.Tensor) => tf.sigmoid(tf.matMul(deep(x), last)),
    tanh: (x: tf.Tensor) => tf.tanh(tf.matMul(deep(x), last)),
    sine: (x: tf.Tensor) => tf.sin(tf.matMul(deep(x), last)),
  };

  test.each(Object.entries(HEADS))('%s of thousands is exported, and says so', async (_, fn) => {
    const { report } = await toOnnx(fn, { inputs: { pixels: { shape: [null, n] } } });
    const [note] = report.verification?.roundings ?? [];
    expect(note?.case).toContain('extreme values');
    expect(note?.rel).toBeGreaterThan(1e-4);
    expect(report.warnings).toEqual([
      expect.stringMatching(/which is rounding: .*no range: .* such as range: \[0, 1\]/),
    ]);
  });

  test('within a range there is nothing to say', async () => {
    const { report } = await toOnnx(HEADS.sigmoid, {
      inputs: { pixels: { shape: [null, n], range: [0, 1] } },
    });
    expect(report.verification?.roundings).toEqual([]);
    expect(report.warnings).toEqual([]);
  });

  test.each(Object.entries(HEADS))('%s that is wrong is refused all the same', async (_, fn) => {
    const wrong = changed((tensor) => {
      const data = Float32Array.from(tensor.data as Float32Array, (value) => value + 0.02);
      return new onnxruntime.Tensor('float32', data, tensor.dims);
    });
    const inputs = { pixels: { shape: [null, n], range: [0, 0.001] as const } };
    await expect(toOnnx(fn, { inputs, verify: { runtime: wrong } })).rejects.toMatchObject({
      code: 'verification-failed',
    });
  });

  test('a wrong result at made-up values says what to do if they were too large', async () => {
    const wrong = changed((tensor) => {
      const values = tensor.data as Float32Array;
      const data = values.map((value) => (Math.abs(value) > 50 ? value * 1.01 : value));
      return new onnxruntime.Tensor('float32', data, tensor.dims);
    });
    await expect(toOnnx((x) => tf.relu(x), { inputs, verify: { runtime: wrong } })).rejects.toThrow(
      /made up for 'x', which has no range.*range: \[0, 1\]/,
    );
  });
});
