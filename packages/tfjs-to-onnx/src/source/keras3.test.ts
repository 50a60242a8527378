import '@tensorflow/tfjs';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  loadLayersModel,
  model as modelOf,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { toOnnx } from '../to-onnx.ts';
import { fromKeras3 } from './keras3.ts';

const DTYPE = {
  module: 'keras',
  class_name: 'DTypePolicy',
  config: { name: 'float32' },
  registered_name: null,
};
const GLOROT = {
  module: 'keras.initializers',
  class_name: 'GlorotUniform',
  config: { seed: null },
  registered_name: null,
};

const layer = (
  type: string,
  name: string,
  config: object,
  args: unknown[] | null,
  kwargs: object = {},
) => ({
  module: 'keras.layers',
  class_name: type,
  registered_name: null,
  build_config: { input_shape: [null, 1] },
  name,
  config: { name, trainable: true, dtype: DTYPE, ...config },
  inbound_nodes: args === null ? [] : [{ args, kwargs }],
});

const ref = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
});

const dense = (name: string, from: string, config: object = {}) =>
  layer(
    'Dense',
    name,
    {
      units: 4,
      activation: 'silu',
      use_bias: true,
      kernel_initializer: GLOROT,
      quantization_config: null,
      ...config,
    },
    [ref(from)],
  );

/** Two branches of one input, added: relu by a function that is written out, silu, leaky ReLU, a mask. */
function artifacts(extra: object[] = [], end = 'out'): tf.io.ModelArtifacts {
  const names = ['model/left/kernel', 'model/left/bias', 'model/right/kernel', 'model/right/bias'];
  const specs = names.map((name) => ({
    name,
    shape: name.endsWith('kernel') ? [4, 4] : [4],
    dtype: 'float32' as const,
  }));
  const relu = {
    module: 'builtins',
    class_name: 'function',
    config: 'relu',
    registered_name: 'function',
  };
  const config = {
    name: 'model',
    trainable: true,
    layers: [
      layer('InputLayer', 'x', { batch_shape: [null, 4], sparse: false, ragged: false }, null),
      dense('left', 'x'),
      dense('right', 'x', { activation: relu }),
      layer('Add', 'sum', {}, [[ref('left'), ref('right')]]),
      layer('LeakyReLU', 'out', { negative_slope: 0.25 }, [ref('sum')], {
        mask: null,
        training: false,
      }),
      ...extra,
    ],
    input_layers: ['x', 0, 0],
    output_layers: [[end, 0, 0]],
  };
  return {
    modelTopology: {
      keras_version: '3.6.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Functional', config },
    },
    weightSpecs: specs,
    weightData: Float32Array.from({ length: 40 }, (_, i) => Math.sin(i)).buffer,
  };
}

/** The same model, made in tfjs. */
function reference() {
  const x = input({ shape: [4] });
  const left = layers.dense({ units: 4, activation: 'swish' });
  const right = layers.dense({ units: 4, activation: 'relu' });
  const sum = layers.add().apply([left.apply(x), right.apply(x)] as SymbolicTensor[]);
  const made = modelOf({
    inputs: x,
    outputs: layers.leakyReLU({ alpha: 0.25 }).apply(sum as never) as never,
  });
  const values = Array.from({ length: 40 }, (_, i) => Math.sin(i));
  made.setWeights([
    tf.tensor2d(values.slice(0, 16), [4, 4]),
    tf.tensor1d(values.slice(16, 20)),
    tf.tensor2d(values.slice(20, 36), [4, 4]),
    tf.tensor1d(values.slice(36)),
  ]);
  return made;
}

test('a Keras 3 model, which tfjs alone does not load, computes what it says and is exported', async () => {
  await expect(loadLayersModel(tf.io.fromMemory(artifacts()))).rejects.toThrow();
  const model = await loadLayersModel(fromKeras3(tf.io.fromMemory(artifacts())));
  const x = tf.linspace(-2, 2, 12).reshape([3, 4]);
  const expected = (reference().predict(x) as tf.Tensor).dataSync();
  const actual = (model.predict(x) as tf.Tensor).dataSync();
  expect([...actual]).toEqual([...expected]);
  const { model: exported, report } = await toOnnx(model);
  expect(report.verification?.runs).toBe(18);
  expect(exported.graph.inputs.map(({ name, type }) => [name, type])).toEqual([
    ['x', { kind: 'tensor', dtype: 'float32', shape: ['batch', 4] }],
  ]);
});

test('a Sequential model without a version, types mixed', async () => {
  const policy = { ...DTYPE, config: { name: 'mixed_float16' } };
  const config = {
    name: 'seq',
    dtype: policy,
    layers: [
      { ...layer('InputLayer', 'in', { batch_shape: [null, 6], dtype: 'float32' }, null) },
      { ...dense('only', 'in', { dtype: policy }), inbound_nodes: undefined },
    ],
  };
  const handler = tf.io.fromMemory({
    modelTopology: { class_name: 'Sequential', config },
    weightSpecs: [
      { name: 'seq/only/kernel', shape: [6, 4], dtype: 'float32' },
      { name: 'seq/only/bias', shape: [4], dtype: 'float32' },
    ],
    weightData: new Float32Array(28).fill(0.5).buffer,
  });
  const model = await loadLayersModel(fromKeras3(handler));
  const value = (model.predict(tf.ones([1, 6])) as tf.Tensor).dataSync()[0] as number;
  expect(value).toBeCloseTo(3.5 / (1 + Math.exp(-3.5)), 6);
});

test.each<[string, object, string]>([
  [
    'hard_sigmoid',
    dense('odd', 'out', { activation: 'hard_sigmoid' }),
    "Dense 'odd': hard_sigmoid",
  ],
  [
    'a slope of ReLU',
    layer('ReLU', 'odd', { negative_slope: 0.1 }, [ref('out')]),
    "ReLU 'odd': negative_slope 0.1",
  ],
  [
    'a threshold of ReLU',
    layer('ReLU', 'odd', { threshold: 1 }, [ref('out')]),
    "ReLU 'odd': threshold 1",
  ],
  ['groups', layer('Conv2D', 'odd', { groups: 2 }, [ref('out')]), "Conv2D 'odd': groups 2"],
  [
    'kept dimensions',
    layer('GlobalMaxPooling1D', 'odd', { keepdims: true }, [ref('out')]),
    "'odd': keepdims",
  ],
  [
    'further arguments',
    layer('LSTM', 'odd', {}, [ref('out')], { initial_state: [ref('out')] }),
    "'odd' is called with initial_state",
  ],
])('%s, which tfjs would compute otherwise, is refused by name', async (_, odd, message) => {
  const handler = fromKeras3(tf.io.fromMemory(artifacts([odd], 'odd')));
  await expect(loadLayersModel(handler)).rejects.toMatchObject({
    code: 'unsupported',
    problems: [expect.stringContaining(message)],
  });
});

test('models of tfjs itself come through as they are', async () => {
  const made = reference();
  let saved: tf.io.ModelArtifacts | undefined;
  await made.save(
    tf.io.withSaveHandler(async (given) => {
      saved = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    }),
  );
  const given = saved as tf.io.ModelArtifacts;
  expect(await fromKeras3(tf.io.fromMemory(given)).load?.()).toEqual(
    await tf.io.fromMemory(given).load?.(),
  );
});
