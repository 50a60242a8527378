import '@tensorflow/tfjs';
import { expect, jest, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';

const inputs = { x: { shape: [null, 3] } };

async function onCurrent<T>(name: string, run: () => Promise<T>): Promise<T> {
  await tf.setBackend(name);
  try {
    return await run();
  } finally {
    await tf.setBackend('cpu');
  }
}

test('an op before any backend was chosen fails in tfjs, and an export after it goes on', async () => {
  expect(() => tf.neg(1).dataSync()).toThrow('has not yet been initialized');
  const { report } = await toOnnx((x) => tf.square(x), { inputs });
  expect(report.backend).toEqual({ name: 'wasm', passedOver: [] });
});

test('the fastest backend that is registered runs the function, and the current one stays', async () => {
  await tf.setBackend('cpu');
  const seen = new Set<string>();
  const square = (x: tf.Tensor) => {
    seen.add(tf.getBackend());
    return tf.square(x);
  };
  const exported = toOnnx(square, { inputs });
  // The program goes on meanwhile, on its own backend, also while the other one starts.
  expect(tf.getBackend()).toBe('cpu');
  expect([...tf.neg(tf.tensor1d([1])).dataSync()]).toEqual([-1]);
  expect((await exported).report.backend).toEqual({ name: 'wasm', passedOver: [] });
  expect([...seen]).toEqual(['wasm']);
  expect(tf.getBackend()).toBe('cpu');
});

test('a backend can be asked for', async () => {
  const { report } = await toOnnx((x) => tf.square(x), { inputs, backend: 'cpu' });
  expect(report.backend).toEqual({ name: 'cpu', passedOver: [] });
  await onCurrent('wasm', async () => {
    const { report: other } = await toOnnx((x) => tf.square(x), { inputs, backend: 'cpu' });
    expect(other.backend.name).toBe('cpu');
    expect(tf.getBackend()).toBe('wasm');
  });
});

test('one that is not registered is refused by name', async () => {
  await expect(toOnnx((x) => tf.square(x), { inputs, backend: 'tpu' })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/The backend is 'tpu'; expected one .*: .*cpu.*wasm/),
  });
});

test('a backend without the kernels is passed over', async () => {
  expect(tf.getKernel('Einsum', 'wasm')).toBeUndefined();
  const { report } = await toOnnx((x) => tf.einsum('bi,bj->bij', x, x), { inputs });
  expect(report.backend).toEqual({
    name: 'cpu',
    passedOver: [
      { name: 'wasm', reason: expect.stringContaining("Kernel 'Einsum' not registered") },
    ],
  });
});

test('a backend that computes wrongly is passed over: the own one is right', async () => {
  const right = tf.getKernel('Sqrt', 'wasm') as tf.KernelConfig;
  const wrong = tf.getKernel('Exp', 'wasm') as tf.KernelConfig;
  tf.unregisterKernel('Sqrt', 'wasm');
  tf.registerKernel({ ...wrong, kernelName: 'Sqrt' });
  try {
    const { report } = await toOnnx((x) => tf.sqrt(x), {
      inputs: { x: { shape: [null, 3], range: [0, 1] } },
    });
    expect(report.backend.name).toBe('cpu');
    expect(report.backend.passedOver[0]?.reason).toContain('does not compute what tfjs computes');
  } finally {
    tf.unregisterKernel('Sqrt', 'wasm');
    tf.registerKernel(right);
  }
});

test('a backend that does not start is passed over, without a word on the console', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  tf.registerBackend('tensorflow', () => Promise.reject(new Error('no addon')), 0);
  try {
    const { report } = await toOnnx((x) => tf.square(x), { inputs });
    expect(report.backend).toEqual({
      name: 'wasm',
      passedOver: [{ name: 'tensorflow', reason: 'no addon' }],
    });
    expect(warn).not.toHaveBeenCalled();
  } finally {
    warn.mockRestore();
    tf.removeBackend('tensorflow');
  }
});

test('what is wrong with the function is told by the own backend, and the current one stays', async () => {
  const broken = () => {
    throw new RangeError(`mine on ${tf.getBackend()}`);
  };
  await expect(toOnnx(broken, { inputs })).rejects.toThrow(new RangeError('mine on cpu'));
  expect(tf.getBackend()).toBe('cpu');
});

test('weights that make the memory of wasm grow are moved there, and back when they are used again', async () => {
  const weights = Array.from({ length: 6 }, (_, i) => tf.variable(tf.fill([1024, 1024], i / 1e4)));
  const chain = (x: tf.Tensor) =>
    weights.reduce((y, w) => tf.matMul(y as tf.Tensor2D, w as tf.Variable<tf.Rank.R2>), x);
  const { report } = await toOnnx(chain, { inputs: { x: { shape: [null, 1024], range: [0, 1] } } });
  expect(report.backend).toEqual({ name: 'wasm', passedOver: [] });
  expect((weights[5] as tf.Tensor).dataSync()[7]).toBe(Math.fround(5 / 1e4));
  for (const weight of weights) weight.dispose();
});
