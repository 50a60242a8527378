import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { readModel } from '@latentkit/onnx';
import * as tf from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { ExportError } from './error.ts';
import { withWaves } from './testing/layer-case.ts';
import { toOnnx } from './to-onnx.ts';

/** The encoder of the VAE that everything here began with. */
function seedEncoder(): LayersModel {
  const x = layers.input({ shape: [784], name: 'x' });
  const hidden = layers.dense({ units: 400, activation: 'relu', name: 'hidden' }).apply(x);
  const heads = ['mean', 'log_var'].map(
    (name) => layers.dense({ units: 20, name }).apply(hidden) as SymbolicTensor,
  );
  return withWaves(model({ inputs: x, outputs: heads }));
}

describe('the graph is what a person would write', () => {
  test('the seed encoder holds three Gemm and one Relu', async () => {
    const { report, model: exported } = await toOnnx(seedEncoder());
    expect(report.nodes).toEqual({ Gemm: 3, Relu: 1 });
    expect(report.parameters).toBe(784 * 400 + 400 + 2 * (400 * 20 + 20));
    expect(exported.graph.outputs.map(({ name }) => name)).toEqual(['mean', 'log_var']);
    expect([...exported.graph.initializers.keys()]).toContain('hidden/kernel');
  });

  test('the seed decoder as a function: two Gemm, a Relu, a Sigmoid', async () => {
    const hidden = layers.dense({ units: 400, activation: 'relu', name: 'h', inputShape: [20] });
    const decoder = withWaves(sequential({ layers: [hidden, layers.dense({ units: 784 })] }));
    const { report } = await toOnnx(
      (z) => {
        const logits = decoder.apply(z) as tf.Tensor;
        return { logits, mean: tf.sigmoid(logits) };
      },
      { inputs: { z: { shape: [null, 20], range: [-3, 3] } } },
    );
    expect(report.nodes).toEqual({ Gemm: 2, Relu: 1, Sigmoid: 1 });
  });

  test('a conv encoder has one Transpose, at its entry', async () => {
    const encoder = withWaves(
      sequential({
        layers: [
          layers.inputLayer({ inputShape: [28, 28, 3], name: 'x' }),
          layers.conv2d({
            filters: 8,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
          }),
          layers.batchNormalization(),
          layers.conv2d({
            filters: 16,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'elu',
          }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 20 }),
        ],
      }),
    );
    const { report, model: exported } = await toOnnx(encoder);
    expect(report.nodes['Transpose']).toBe(1);
    expect(exported.graph.nodes[0]?.opType).toBe('Transpose');
    expect(exported.graph.nodes[0]?.inputs).toEqual(['x']);
  });

  test('a conv encoder of grey images has no Transpose at all', async () => {
    const encoder = withWaves(
      sequential({
        layers: [
          layers.inputLayer({ inputShape: [784], name: 'x' }),
          layers.reshape({ targetShape: [28, 28, 1] }),
          layers.conv2d({
            filters: 8,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
          }),
          layers.conv2d({
            filters: 16,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
          }),
          layers.flatten(),
          layers.dense({ units: 20 }),
        ],
      }),
    );
    const { report } = await toOnnx(encoder);
    expect(report.nodes).toEqual({ Conv: 2, Gemm: 1, Relu: 2, Reshape: 2 });
  });

  test('a conv decoder has no Transpose either', async () => {
    const decoder = withWaves(
      sequential({
        layers: [
          layers.inputLayer({ inputShape: [20], name: 'z' }),
          layers.dense({ units: 7 * 7 * 16, activation: 'relu' }),
          layers.reshape({ targetShape: [7, 7, 16] }),
          layers.conv2dTranspose({
            filters: 8,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
          }),
          layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' }),
          layers.flatten(),
        ],
      }),
    );
    const { report } = await toOnnx(decoder);
    expect(report.nodes).toEqual({ ConvTranspose: 2, Gemm: 1, Relu: 2, Reshape: 2 });
  });
});

describe('the file', () => {
  test('the same model gives the same bytes, whatever tfjs has counted meanwhile', async () => {
    const first = await toOnnx(seedEncoder(), { verify: false });
    const second = await toOnnx(seedEncoder(), { verify: false });
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
    expect(first.report.byteLength).toBe(first.bytes.length);
  });

  test('carries the dynamic batch by name, the opset asked for and the metadata', async () => {
    const { bytes } = await toOnnx(seedEncoder(), {
      opset: 20,
      name: 'encoder',
      metadata: { task: 'test' },
      verify: false,
    });
    const read = readModel(bytes);
    expect(read.graph.name).toBe('encoder');
    expect(read.opsets.get('')).toBe(20);
    expect(read.metadata.get('task')).toBe('test');
    expect(read.graph.inputs.map(({ type }) => type)).toEqual([
      { kind: 'tensor', dtype: 'float32', shape: ['batch', 784] },
    ]);
  });

  test('a fixed batch leaves no dynamic dimension', async () => {
    const { model: exported, report } = await toOnnx(
      (x) => ({ y: tf.div(tf.sum(tf.mul(x, x.shape[0] as number), 1), x.shape[0] as number) }),
      { inputs: { x: { shape: [null, 3] } }, batch: 7 },
    );
    expect(exported.graph.inputs[0]?.type).toMatchObject({ shape: [7, 3] });
    expect(exported.graph.outputs[0]?.type).toMatchObject({ shape: [7] });
    expect(report.nodes['Shape']).toBeUndefined();
  });

  test.each([13, 14, 15, 16, 17, 18, 19, 20, 21, 22])('every opset: %i', async (opset) => {
    const { report } = await toOnnx(
      (x) =>
        tf.div(
          tf.max(
            tf.pad(x, [
              [0, 0],
              [1, 1],
            ]),
            1,
          ),
          tf.scalar(x.shape[0] as number),
        ),
      { inputs: { x: { shape: [null, 3] } }, opset },
    );
    expect(report.verification?.runs).toBe(18);
  });
});

describe('batch normalisation', () => {
  const normal = () => layers.batchNormalization();
  test.each([
    [
      'a dense layer',
      () => [
        layers.inputLayer({ inputShape: [8], name: 'x' }),
        layers.dense({ units: 4 }),
        normal(),
      ],
    ],
    [
      'a dense layer on sequences',
      () => [
        layers.inputLayer({ inputShape: [5, 8], name: 'x' }),
        layers.dense({ units: 4 }),
        normal(),
      ],
    ],
    [
      'a convolution of images',
      () => [
        layers.inputLayer({ inputShape: [8, 8, 2], name: 'x' }),
        layers.conv2d({ filters: 4, kernelSize: 3 }),
        normal(),
      ],
    ],
  ] as const)('behind %s is written beside it, without a layout of its own', async (_, stack) => {
    const plain = await toOnnx(withWaves(sequential({ layers: [...stack()] })), {
      optimize: false,
    });
    expect(plain.report.nodes['BatchNormalization']).toBe(1);
    const bare = await toOnnx(withWaves(sequential({ layers: stack().slice(0, 2) })), {
      verify: false,
    });
    const { report } = await toOnnx(withWaves(sequential({ layers: [...stack()] })));
    const moved = (nodes: Readonly<Record<string, number>>) =>
      (nodes['Transpose'] ?? 0) + (nodes['Reshape'] ?? 0);
    expect(moved(report.nodes)).toBe(moved(bare.report.nodes));
  });
});

describe('what follows the sizes', () => {
  test('numbers that JavaScript computed from the batch are computed from it in the graph', async () => {
    const { report } = await toOnnx(
      (x) => {
        const n = x.shape[0] as number;
        return {
          mean: tf.div(tf.sum(x), n),
          shifted: tf.add(x, 2 * n + 1),
          inverse: tf.mul(x, 1 / n),
        };
      },
      { inputs: { x: { shape: [null, 3] } } },
    );
    expect(report.verification?.outputs['shifted']?.rel).toBeLessThan(1e-6);
  });

  test('several dynamic dimensions in one graph', async () => {
    const { model: exported, report } = await toOnnx(
      (x, y) => {
        const [batch, time] = x.shape as [number, number];
        const flat = tf.reshape(x, [batch * time, 4]);
        const wide = tf.reshape(tf.matMul(flat, tf.transpose(y)), [batch, time, -1]);
        return { wide, count: tf.fill([time, batch], batch * time) };
      },
      { inputs: { x: { shape: [null, 'time', 4] }, y: { shape: ['words', 4] } } },
    );
    expect(exported.graph.outputs.map(({ type }) => type)).toMatchObject([
      { shape: ['batch', 'time', 'words'] },
      { shape: ['time', 'batch'] },
    ]);
    expect(report.verification?.runs).toBeGreaterThan(0);
  });

  test('a size that no formula explains is refused with its place', async () => {
    const crooked = (x: tf.Tensor) => {
      const n = x.shape[0] as number;
      return tf.fill([n * n * n - n + 1], 1);
    };
    await expect(
      toOnnx((x) => crooked(x), { inputs: { x: { shape: [null] } } }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('does not follow the dynamic dimensions'),
    });
  });
});

describe('what is refused, and how', () => {
  const inputs = { x: { shape: [null, 3] } } as const;

  test('random numbers, unless they are named as inputs', async () => {
    const sample = (x: tf.Tensor) => tf.add(x, tf.randomNormal(x.shape));
    await expect(toOnnx(sample, { inputs })).rejects.toMatchObject({
      code: 'unstable-constant',
      problems: [expect.stringContaining('random numbers')],
    });
    const { model: exported, report } = await toOnnx(sample, { inputs, noise: ['eps'] });
    expect(exported.graph.inputs.map(({ name, type }) => [name, type])).toEqual([
      ['x', { kind: 'tensor', dtype: 'float32', shape: ['batch', 3] }],
      ['eps', { kind: 'tensor', dtype: 'float32', shape: ['batch', 3] }],
    ]);
    expect(report.verification?.outputs['output']?.abs).toBeLessThan(1e-6);
  });

  test('random numbers of a fixed shape, without any dynamic dimension', async () => {
    await expect(
      toOnnx((x) => tf.add(x, tf.randomUniform([3])), { inputs: { x: { shape: [3] } } }),
    ).rejects.toMatchObject({ code: 'unstable-constant' });
  });

  test('random numbers in a layer, with the name of the layer', async () => {
    const noise = layers.gaussianNoise({ stddev: 1, name: 'blur' });
    const noisy = (x: tf.Tensor) => noise.apply(x, { training: true }) as tf.Tensor;
    await expect(toOnnx(noisy, { inputs })).rejects.toThrow("in layer 'blur'");
  });

  test('a wrong number of noise inputs', async () => {
    await expect(toOnnx((x) => tf.relu(x), { inputs, noise: ['eps'] })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('draws 0'),
    });
  });

  test('constants that depend on the batch in no simple way', async () => {
    const ramp = (x: tf.Tensor) => {
      const n = x.shape[0] as number;
      return tf.add(x, tf.tensor2d(Array.from({ length: n }, (_, i) => [i * i])));
    };
    await expect(toOnnx(ramp, { inputs })).rejects.toMatchObject({
      code: 'unstable-constant',
      message: expect.stringContaining('depend on the sizes or the values'),
    });
  });

  test('JavaScript conditions on a size', async () => {
    const fickle = (x: tf.Tensor) => ((x.shape[0] as number) > 2 ? tf.relu(x) : tf.tanh(x));
    await expect(toOnnx(fickle, { inputs })).rejects.toMatchObject({
      code: 'unstable-trace',
      message: expect.stringContaining('Relu'),
    });
  });

  test('all kernels without an ONNX form at once, each with its layer', async () => {
    class Spectrum extends layers.Layer {
      static className = 'Spectrum';
      override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const [input] = [x].flat() as [tf.Tensor];
        return tf.real(tf.spectral.fft(tf.complex(input, tf.zerosLike(input))));
      }
    }
    const layer = new Spectrum({ name: 'spectrum' });
    const lost = (x: tf.Tensor) => {
      const picked = tf.multinomial(x as tf.Tensor2D, 2);
      return { spectrum: layer.apply(x) as tf.Tensor, picked };
    };
    const error: ExportError = await toOnnx(lost, { inputs }).catch((e) => e);
    expect(ExportError.isInstance(error)).toBe(true);
    expect(error.code).toBe('unsupported');
    expect(error.problems.map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining([
        "Complex in layer 'spectrum'",
        "FFT in layer 'spectrum'",
        'Multinomial',
      ]),
    );
    expect(error.message).toContain('random numbers');
  });

  test('values that are read back are warned of', async () => {
    const clipped = (x: tf.Tensor) =>
      tf.clipByValue(x, 0, Math.ceil((tf.max(x).arraySync() as number) / 1000));
    const { report } = await toOnnx(clipped, {
      inputs: { x: { shape: [null, 3], range: [0.1, 1] } },
    });
    expect(report.warnings).toEqual([
      expect.stringContaining('reads values of a traced tensor back'),
    ]);
  });

  test.each([
    ['no inputs', (x: tf.Tensor) => x, {}, 'pass inputs'],
    ['an opset out of range', tf.relu, { inputs, opset: 12 }, 'expected one of 13'],
    ['a batch of 0', tf.relu, { inputs, batch: 0 }, 'positive integer'],
    ['a size of 0', tf.relu, { inputs: { x: { shape: [0] } } }, 'positive integer'],
    [
      'an unknown type',
      tf.relu,
      { inputs: { x: { shape: [2], dtype: 'string' } } },
      'float32, int32 and bool',
    ],
    [
      'a range upside down',
      tf.relu,
      { inputs: { x: { shape: [2], range: [1, 0] } } },
      'the lower first',
    ],
    ['equal trace sizes', tf.relu, { inputs, traceSizes: { batch: [2, 2] } }, 'two different'],
    [
      'trace sizes of another dimension',
      tf.relu,
      { inputs, traceSizes: { q: [3, 5] } },
      "traceSizes: 'q' is no dynamic dimension of the inputs; there is 'batch'.",
    ],
    [
      'trace sizes where all sizes are fixed',
      tf.relu,
      { inputs: { x: { shape: [2] } }, traceSizes: { batch: [3, 5] } },
      'there is none: all sizes are fixed.',
    ],
    ['an opset in words', tf.relu, { inputs, opset: '17' }, 'opset: expected a number, 13 to 22'],
    ['a large batch of 0', tf.relu, { inputs, largeBatch: 0 }, 'largeBatch: expected an integer'],
    ['an option that there is not', tf.relu, { inputs, optimise: false }, 'backend, got optimise.'],
    [
      'a field of an input that there is not',
      tf.relu,
      { inputs: { x: { shape: [2], dtyp: 'int32' } } },
      'inputs.x: expected shape, dtype, range, got dtyp.',
    ],
    [
      'a tolerance that there is not',
      tf.relu,
      { inputs, verify: { tolerance: { rel: 1 } } },
      'verify.tolerance: expected relative, absolute, got rel.',
    ],
    [
      'a tensor that is disposed of',
      (x: tf.Tensor) => {
        const y = tf.relu(x);
        y.dispose();
        return y;
      },
      { inputs },
      'that has been disposed of',
    ],
    [
      'a constant that is disposed of',
      (x: tf.Tensor) => {
        const one = tf.scalar(1);
        one.dispose();
        return tf.add(x, one);
      },
      { inputs },
      'a float32 tensor of shape [] that has been disposed of',
    ],
    ['too few output names', tf.relu, { inputs, outputs: ['a', 'b'] }, '2 output names'],
    [
      'an output called as an input',
      (x: tf.Tensor) => ({ x: tf.relu(x) }),
      { inputs },
      "are called 'x'",
    ],
    ['a promise', async (x: tf.Tensor) => tf.relu(x), { inputs }, 'not a promise'],
    ['something else than a tensor', () => ({ y: 1 }), { inputs }, "returned number as 'y'"],
    ['nothing that computes', 7, { inputs }, 'Got number'],
  ])('%s', async (_, source, options, message) => {
    await expect(toOnnx(source as never, options as never)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(message),
    });
  });

  test("a kernel that tfjs's backend does not have", async () => {
    const strange = () => tf.engine().runKernel('Strange', {}, {}) as tf.Tensor;
    await expect(toOnnx(strange, { inputs })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining("tf.setBackend('cpu')"),
    });
  });

  test('an error of the function itself comes through as it is', async () => {
    const broken = () => {
      throw new RangeError('mine');
    };
    await expect(toOnnx(broken, { inputs })).rejects.toThrow(new RangeError('mine'));
  });

  test('a model that is not built', async () => {
    const unbuilt = sequential();
    await expect(toOnnx(unbuilt)).rejects.toThrow('not built yet');
  });
});

test('a trace leaves nothing behind: no tensors, no overridden methods', async () => {
  const encoder = seedEncoder();
  const engine = tf.engine() as unknown as Record<string, unknown>;
  const before = { tensors: tf.memory().numTensors, own: Object.keys(engine) };
  await toOnnx(encoder);
  await toOnnx((x) => tf.multinomial(x as tf.Tensor2D, 1), {
    inputs: { x: { shape: [2, 2] } },
  }).catch(() => {});
  await toOnnx(
    () => {
      throw new Error('inside');
    },
    { inputs: { x: { shape: [1] } } },
  ).catch(() => {});
  expect(tf.memory().numTensors).toBe(before.tensors);
  expect(Object.keys(engine)).toEqual(before.own);
  expect(Object.keys(encoder.layers[1] as object)).not.toContain('call');
});
