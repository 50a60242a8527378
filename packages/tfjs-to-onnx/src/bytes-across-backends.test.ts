import '@tensorflow/tfjs';
import { expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { toOnnx } from './to-onnx.ts';

const FLOAT = { type: 'DT_FLOAT' };

/** conv → bias → relu6 → batch norm → mean → dense, as the converter writes it, with named weights. */
function graphModel() {
  const weights = [
    { name: 'Conv/weights', shape: [3, 3, 2, 4] },
    { name: 'Conv/biases', shape: [4] },
    ...['gamma', 'beta', 'mean', 'variance'].map((name) => ({ name: `BN/${name}`, shape: [4] })),
    { name: 'Logits/kernel', shape: [4, 3] },
  ].map((spec) => ({ ...spec, dtype: 'float32' as const }));
  const counts = weights.map(({ shape }) => tf.util.sizeFromShape(shape));
  const axes = { name: 'axes', shape: [2], dtype: 'int32' as const };
  const total = counts.reduce((sum, count) => sum + count, 0);
  const data = new ArrayBuffer(total * 4 + 8);
  new Float32Array(data, 0, total).set(
    Float32Array.from({ length: total }, (_, i) => 0.6 + 0.4 * Math.sin(i)),
  );
  new Int32Array(data, total * 4).set([1, 2]);
  const constant = (name: string, type: string) => ({
    name,
    op: 'Const',
    attr: { dtype: { type } },
  });
  const node = (name: string, op: string, input: string[], attr: object = {}) => ({
    name,
    op,
    input,
    attr: { T: FLOAT, ...attr },
  });
  const sizes = ['-1', '9', '9', '2'].map((size) => ({ size }));
  return loadGraphModel(
    tf.io.fromMemory({
      modelTopology: {
        node: [
          {
            name: 'x',
            op: 'Placeholder',
            attr: { dtype: FLOAT, shape: { shape: { dim: sizes } } },
          },
          ...weights.map(({ name }) => constant(name, 'DT_FLOAT')),
          constant('axes', 'DT_INT32'),
          node('Conv/Conv2D', 'Conv2D', ['x', 'Conv/weights'], {
            strides: { list: { i: ['1', '2', '2', '1'] } },
            dilations: { list: { i: ['1', '1', '1', '1'] } },
            padding: { s: 'U0FNRQ==' },
            data_format: { s: 'TkhXQw==' },
          }),
          node('Conv/BiasAdd', 'BiasAdd', ['Conv/Conv2D', 'Conv/biases']),
          node('Conv/Relu6', 'Relu6', ['Conv/BiasAdd']),
          node(
            'BN/Norm',
            'FusedBatchNormV3',
            ['Conv/Relu6', 'BN/gamma', 'BN/beta', 'BN/mean', 'BN/variance'],
            { epsilon: { f: 0.001 } },
          ),
          node('Mean', 'Mean', ['BN/Norm', 'axes'], { keep_dims: { b: false } }),
          node('Logits/MatMul', 'MatMul', ['Mean', 'Logits/kernel']),
          node('Identity', 'Softmax', ['Logits/MatMul']),
        ],
        versions: { producer: 808 },
      },
      weightSpecs: [...weights, axes],
      weightData: data,
    }),
  );
}

const layersModel = async () =>
  sequential({
    layers: [
      layers.lstm({
        inputShape: [5, 2],
        units: 8,
        kernelInitializer: 'ones',
        recurrentInitializer: 'ones',
      }),
      layers.dense({ units: 8, activation: 'relu', kernelInitializer: 'ones' }),
      layers.reshape({ targetShape: [2, 2, 2] }),
      layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, kernelInitializer: 'ones' }),
    ],
  });

test.each([
  ['a graph model', graphModel, ['Conv/biases', 'BN/gamma', 'Logits/kernel']],
  ['a layers model', layersModel, ['dense/kernel']],
])(
  '%s has the same bytes and names on every backend, wherever its weights were made',
  async (_, make, names) => {
    const files = new Map<string, Buffer>();
    for (const home of ['cpu', 'wasm']) {
      await tf.setBackend(home);
      const model = await make();
      for (const backend of ['wasm', 'cpu', 'wasm']) {
        const { bytes, model: exported, report } = await toOnnx(model as never, { backend });
        expect(report.backend.name).toBe(backend);
        expect([...exported.graph.initializers.keys()]).toEqual(expect.arrayContaining(names));
        files.set(`made on ${home}, exported on ${backend}`, Buffer.from(bytes));
      }
    }
    const [first, ...rest] = files.values();
    for (const other of rest) expect(first?.equals(other)).toBe(true);
    await tf.setBackend('cpu');
  },
);
