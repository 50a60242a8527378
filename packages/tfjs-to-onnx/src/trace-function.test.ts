import '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { writeModel } from '@latentkit/onnx';
import { InferenceSession, Tensor } from '@latentkit/system/ort-for-tests';
import * as tf from '@tensorflow/tfjs-core';
import { traceFunction } from './trace-function.ts';

afterEach(() => tf.disposeVariables());

const waves = (size: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.3 + 0.5));

describe('a training step', () => {
  /** Gradient descent on a linear model, written with tf's own gradients. */
  function step() {
    const w = tf.variable(tf.tensor2d(waves(12), [4, 3]), true, 'w');
    const b = tf.variable(tf.tensor1d([0.1, 0.2, 0.3]), true, 'b');
    const fn = (x: tf.Tensor2D, y: tf.Tensor2D, rate: tf.Scalar) => {
      const { value, grads } = tf.variableGrads(() =>
        tf.losses.meanSquaredError(y, tf.tanh(tf.add(tf.matMul(x, w as never), b))),
      );
      return {
        loss: value,
        w_next: tf.sub(w, tf.mul(grads['w'] as tf.Tensor, rate)),
        b_next: tf.sub(b, tf.mul(grads['b'] as tf.Tensor, rate)),
      };
    };
    return { w, b, fn };
  }
  const inputs = {
    x: { shape: [null, 4] },
    y: { shape: [null, 3] },
    rate: { shape: [] },
  } as const;

  test.each([undefined, 6])('with the variables as inputs, batch %p', async (batch) => {
    const { w, b, fn } = step();
    const traced = await traceFunction(fn as never, {
      inputs,
      variables: 'inputs',
      ...(batch === undefined ? {} : { batch }),
    });
    expect([...traced.variables]).toEqual([
      ['w', w],
      ['b', b],
    ]);
    expect(traced.model.graph.inputs.map(({ name }) => name)).toEqual(['x', 'y', 'rate', 'w', 'b']);
    expect(traced.model.graph.inputs[0]?.type).toMatchObject({ shape: [batch ?? 'batch', 4] });
    const session = await InferenceSession.create(writeModel(traced.model));
    const x = tf.tensor2d(waves(24), [6, 4]);
    const y = tf.tensor2d(waves(18), [6, 3]);
    const expected = fn(x, y, tf.scalar(0.1));
    const results = await session.run({
      x: new Tensor('float32', waves(24), [6, 4]),
      y: new Tensor('float32', waves(18), [6, 3]),
      rate: new Tensor('float32', [0.1], []),
      w: new Tensor('float32', w.dataSync() as Float32Array, [4, 3]),
      b: new Tensor('float32', b.dataSync() as Float32Array, [3]),
    });
    for (const [name, tensor] of Object.entries(expected)) {
      const [own, tfjs] = [results[name]?.data as Float32Array, tensor.dataSync()];
      expect(own.length).toBe(tfjs.length);
      for (const [i, value] of tfjs.entries()) expect(own[i]).toBeCloseTo(value, 5);
    }
    await session.release();
  });

  test('with a tf optimizer: what it assigns becomes outputs, and the variables keep their values', async () => {
    const w = tf.variable(tf.tensor2d(waves(4), [4, 1]), true, 'w');
    const optimizer = tf.train.momentum(0.1, 0.9);
    const loss = (x: tf.Tensor) =>
      tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, w as never))) as tf.Scalar;
    // The optimizer makes its slots on the first step.
    optimizer.minimize(() => loss(tf.ones([2, 4])), false, [w]);
    const before = w.dataSync().slice();
    const traced = await traceFunction(
      (x) => ({ loss: optimizer.minimize(() => loss(x), true, [w]) as tf.Scalar }),
      { inputs: { x: { shape: [null, 4] } }, variables: 'inputs' },
    );
    expect(w.dataSync()).toEqual(before);
    expect(traced.assignments.map(({ output }) => output)).toContain('w:assigned');
    // The other one is the optimizer's momentum.
    expect(traced.assignments).toHaveLength(2);
    const session = await InferenceSession.create(writeModel(traced.model));
    const feeds: Record<string, Tensor> = { x: new Tensor('float32', waves(12), [3, 4]) };
    for (const [name, variable] of traced.variables) {
      feeds[name] = new Tensor('float32', variable.dataSync() as Float32Array, variable.shape);
    }
    const results = await session.run(feeds);
    optimizer.minimize(() => loss(tf.tensor2d(waves(12), [3, 4])), false, [w]);
    const updated = results['w:assigned'] as Tensor;
    for (const [i, value] of w.dataSync().entries()) {
      expect((updated.data as Float32Array)[i]).toBeCloseTo(value, 5);
    }
    await session.release();
  });

  test('without optimisation the graph is as it was traced', async () => {
    const { fn } = step();
    const plain = await traceFunction(fn as never, { inputs, optimize: false });
    const small = await traceFunction(fn as never, { inputs });
    expect(plain.model.graph.nodes.length).toBeGreaterThan(small.model.graph.nodes.length);
    expect(plain.kernels).toEqual(small.kernels);
    expect(plain.model.graph.initializers.has('w')).toBe(true);
  });
});

test('assigning a variable from another one, then reading it', async () => {
  const v = tf.variable(tf.tensor1d([1, 2]), true, 'v');
  const traced = await traceFunction(
    (x) => {
      v.assign(tf.add(v, x) as tf.Tensor1D);
      return { doubled: tf.mul(v, 2) };
    },
    { inputs: { x: { shape: [2] } } },
  );
  expect(Array.from(v.dataSync())).toEqual([1, 2]);
  const session = await InferenceSession.create(writeModel(traced.model));
  const results = await session.run({ x: new Tensor('float32', [10, 20], [2]) });
  expect(Array.from(results['doubled']?.data as Float32Array)).toEqual([22, 44]);
  expect(Array.from(results['v:assigned']?.data as Float32Array)).toEqual([11, 22]);
  await session.release();
});
