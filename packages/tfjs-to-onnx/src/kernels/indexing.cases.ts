import * as tf from '@tensorflow/tfjs-core';
import { type KernelCase, OPSETS_WITH_ADDING } from '../testing/kernel-case.ts';

const table = () => tf.reshape(tf.cos(tf.range(0, 24)), [6, 4]);
const indices = { i: { shape: [null, 3], dtype: 'int32', range: [0, 5] } } as const;

export const indexingCases: readonly KernelCase[] = [
  {
    name: 'GatherV2 of rows (an embedding)',
    kernels: ['GatherV2'],
    fn: (i) => tf.gather(table(), tf.cast(i, 'int32')),
    inputs: indices,
  },
  {
    name: 'GatherV2 along the last axis',
    kernels: ['GatherV2'],
    fn: (x) => tf.gather(x, tf.tensor1d([3, 0, 0], 'int32'), 1),
    inputs: { x: { shape: [null, 4, 2] } },
  },
  {
    name: 'GatherV2 with a batch dimension',
    kernels: ['GatherV2'],
    fn: (x, i) => tf.gather(x, i as tf.Tensor2D, 1, 1),
    inputs: { x: { shape: [null, 6, 2] }, ...indices },
  },
  ...[-1, -2].map(
    (axis): KernelCase => ({
      name: `GatherV2 along ${axis}`,
      kernels: ['GatherV2'],
      fn: (x) => tf.gather(x, tf.tensor1d([1, 0, 0], 'int32'), axis),
      inputs: { x: { shape: [null, 4, 2] } },
    }),
  ),
  {
    name: 'GatherV2 with a batch dimension, both from behind',
    kernels: ['GatherV2'],
    fn: (x, i) => tf.gather(x, i as tf.Tensor2D, -2, -1),
    inputs: { x: { shape: [null, 6, 2] }, ...indices },
  },
  {
    name: 'gradient of a gather',
    kernels: ['UnsortedSegmentSum'],
    fn: (w, i) => tf.grad((v) => tf.square(tf.gather(v, tf.reshape(tf.cast(i, 'int32'), [-1]))))(w),
    inputs: { w: { shape: [6, 4], range: [-1, 1] }, ...indices },
    opsets: OPSETS_WITH_ADDING,
  },
  {
    name: 'GatherNd',
    kernels: ['GatherNd'],
    fn: (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [0, 3],
          ],
          [2, 2],
          'int32',
        ),
      ),
    inputs: { x: { shape: [null, 4, 2] } },
  },
  {
    name: 'ScatterNd',
    kernels: ['ScatterNd'],
    fn: (x) => tf.scatterND(tf.tensor2d([[1], [3], [1]], [3, 1], 'int32'), x, [5, 4]),
    inputs: { x: { shape: [3, 4] } },
    opsets: OPSETS_WITH_ADDING,
  },
  {
    name: 'TensorScatterUpdate',
    kernels: ['TensorScatterUpdate'],
    fn: (x) =>
      tf.tensorScatterUpdate(
        x,
        [[1], [3]],
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ),
    inputs: { x: { shape: [5, 2] } },
  },
  {
    name: 'SparseToDense',
    kernels: ['SparseToDense'],
    fn: (x) =>
      tf.sparseToDense(
        tf.tensor2d(
          [
            [0, 1],
            [2, 2],
          ],
          [2, 2],
          'int32',
        ),
        x,
        [3, 4],
        0.5,
      ),
    inputs: { x: { shape: [2] } },
  },
  {
    name: 'SparseToDense of one value in a vector',
    kernels: ['SparseToDense'],
    fn: (x) => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), x, [5], -1),
    inputs: { x: { shape: [] } },
  },
  {
    name: 'OneHot',
    kernels: ['OneHot'],
    fn: (i) => tf.oneHot(i as tf.Tensor2D, 5),
    inputs: { i: { shape: [null, 3], dtype: 'int32', range: [-1, 6] } },
  },
  {
    name: 'OneHot with other values',
    kernels: ['OneHot'],
    fn: (i) => tf.oneHot(i as tf.Tensor2D, 6, 0.9, -0.1, 'float32'),
    inputs: indices,
  },
  {
    name: 'TopK',
    kernels: ['TopK'],
    fn: (x) => ({ ...tf.topk(x, 3) }),
    inputs: { x: { shape: [null, 7], range: [-1, 1] } },
  },
  {
    name: 'Bincount',
    kernels: ['Bincount'],
    fn: (i, w) =>
      tf.bincount(tf.reshape(i, [-1]) as tf.Tensor1D, tf.reshape(w, [-1]) as tf.Tensor1D, 6),
    inputs: { ...indices, w: { shape: [null, 3] } },
  },
  ...([false, true] as const).map(
    (binary): KernelCase => ({
      name: `DenseBincount of rows${binary ? ', binary' : ''}`,
      kernels: ['DenseBincount'],
      fn: (i) => tf.denseBincount(i as tf.Tensor2D, [], 5, binary),
      inputs: indices,
    }),
  ),
  {
    name: 'DenseBincount with weights',
    kernels: ['DenseBincount'],
    fn: (i, w) => tf.denseBincount(i as tf.Tensor2D, w as tf.Tensor2D, 6),
    inputs: { ...indices, w: { shape: [null, 3] } },
  },
  {
    name: 'Diag',
    kernels: ['Diag'],
    fn: (x) => tf.diag(x),
    inputs: { x: { shape: [4], range: [-1, 1] } },
  },
];
