import '@tensorflow/tfjs';
import { describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as onnxruntime from 'onnxruntime-node';
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
