import '@tensorflow/tfjs';
import { expect, test } from '@jest/globals';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import { io } from '@tensorflow/tfjs-core';
import { toOnnx } from '../to-onnx.ts';

const FLOAT = { type: 'DT_FLOAT' };

/** A graph as the TensorFlow.js converter writes it: relu(x·w + b), and the largest of its columns. */
async function graphModel(extra: object[] = []): Promise<GraphModel> {
  const weight = (name: string) => ({ name, op: 'Const', attr: { dtype: FLOAT } });
  const node = (name: string, op: string, input: string[], attr: object = {}) => ({
    name,
    op,
    input,
    attr: { T: FLOAT, ...attr },
  });
  const modelTopology = {
    node: [
      {
        name: 'x',
        op: 'Placeholder',
        attr: { dtype: FLOAT, shape: { shape: { dim: [{ size: '-1' }, { size: '3' }] } } },
      },
      weight('w'),
      weight('b'),
      { name: 'axis', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      node('dense/MatMul', 'MatMul', ['x', 'w']),
      node('dense/BiasAdd', 'BiasAdd', ['dense/MatMul', 'b']),
      node('dense/Relu', 'Relu', ['dense/BiasAdd']),
      node('best', 'ArgMax', ['dense/Relu', 'axis'], { Tidx: { type: 'DT_INT32' } }),
      ...extra,
    ],
    versions: { producer: 808 },
  };
  const weights = Float32Array.from({ length: 8 }, (_, i) => Math.sin(i + 1));
  const axis = Int32Array.of(1);
  const data = new Uint8Array(36);
  data.set(new Uint8Array(weights.buffer), 0);
  data.set(new Uint8Array(axis.buffer), 32);
  return loadGraphModel(
    io.fromMemory({
      modelTopology,
      weightSpecs: [
        { name: 'w', shape: [3, 2], dtype: 'float32' },
        { name: 'b', shape: [2], dtype: 'float32' },
        { name: 'axis', shape: [], dtype: 'int32' },
      ],
      weightData: data.buffer,
    }),
  );
}

test('a graph model is exported and verified, with its own inputs and outputs', async () => {
  const { model, report } = await toOnnx(await graphModel());
  expect(report.nodes).toEqual({ ArgMax: 1, Cast: 1, Gemm: 1, Relu: 1 });
  expect(model.graph.inputs.map(({ name, type }) => [name, type])).toEqual([
    ['x', { kind: 'tensor', dtype: 'float32', shape: ['batch', 3] }],
  ]);
  expect(model.graph.outputs.map(({ name }) => name)).toEqual(['best']);
  expect([...model.graph.initializers.keys()]).toEqual(['w', 'b']);
  expect(model.graph.nodes.map(({ name }) => name.split('/').slice(0, 2).join('/'))).toEqual([
    'dense/MatMul',
    'dense/Relu',
    'best/ArgMax',
    'best/Cast',
  ]);
  expect(report.verification?.runs).toBe(18);
});

test('an output called Identity, as a converted SavedModel has it', async () => {
  const node = (name: string, input: string) => ({ name, op: 'Identity', input: [input] });
  const model = await graphModel([node('Identity', 'dense/Relu'), node('Identity_1', 'best')]);
  const { model: exported, report } = await toOnnx(model);
  expect(exported.graph.outputs.map(({ name }) => name)).toEqual(['Identity', 'Identity_1']);
  expect(report.nodes).toEqual({ ArgMax: 1, Cast: 1, Gemm: 1, Relu: 1 });
});

test('another description of its inputs and names for its outputs', async () => {
  const { model } = await toOnnx(await graphModel(), {
    inputs: { pixels: { shape: [4, 3] } },
    outputs: ['digit'],
  });
  expect(model.graph.inputs[0]).toMatchObject({ name: 'pixels', type: { shape: [4, 3] } });
  expect(model.graph.outputs[0]?.name).toBe('digit');
});

test('too many inputs are refused', async () => {
  const inputs = { a: { shape: [1, 3] }, b: { shape: [1, 3] } };
  await expect(toOnnx(await graphModel(), { inputs })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('has 1 inputs (x)'),
  });
});

test('an op without an ONNX form is named by its node', async () => {
  const extra = [
    {
      name: 'samples',
      op: 'Multinomial',
      input: ['dense/Relu', 'axis'],
      attr: { T: FLOAT, seed: { i: '1' }, seed2: { i: '2' }, output_dtype: { type: 'DT_INT32' } },
    },
  ];
  await expect(toOnnx(await graphModel(extra))).rejects.toMatchObject({
    code: 'unsupported',
    problems: [expect.stringMatching(/^Multinomial in layer 'samples': it draws random numbers/)],
  });
});

test('a model that tfjs can only run asynchronously is refused', async () => {
  const found = { name: 'found', op: 'Where', input: ['dense/Relu'], attr: { T: FLOAT } };
  await expect(toOnnx(await graphModel([found]))).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('control flow'),
  });
});
