import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';
import type { InputSpecs } from '../trace/inputs.ts';

const cube: InputSpecs = { x: { shape: [null, 4, 6] } };
const image: InputSpecs = { x: { shape: [null, 4, 6, 4] } };

const op = (
  kernel: string,
  name: string,
  fn: (x: tf.Tensor) => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>,
  inputs: InputSpecs = cube,
): KernelCase => ({ name: `${kernel} ${name}`, kernels: [kernel], fn, inputs });

/** What takes an axis takes it from behind as well: each kernel at each of them. */
const ALONG: Readonly<Record<string, (x: tf.Tensor, axis: number) => tf.Tensor | tf.Tensor[]>> = {
  Concat: (x, axis) => tf.concat([x, tf.neg(x)], axis),
  ExpandDims: (x, axis) => tf.expandDims(x, axis),
  Pack: (x, axis) => tf.stack([x, tf.neg(x)], axis),
  Reverse: (x, axis) => tf.reverse(x, axis),
  SplitV: (x, axis) => tf.split(x, [1, (x.shape.at(axis) as number) - 1], axis),
  Unpack: (x, axis) => tf.unstack(x, axis),
};
/** A new dimension has one place more. The batch is neither split nor unpacked. */
const AXES: Readonly<Record<string, readonly number[]>> = {
  Concat: [-1, -2, -3],
  ExpandDims: [-1, -2, -3, -4],
  Pack: [-1, -2, -3, -4],
  Reverse: [-1, -2, -3],
};
const fromBehind = Object.entries(ALONG).flatMap(([kernel, fn]) =>
  (AXES[kernel] ?? [-1, -2]).map((axis) => op(kernel, `along ${axis}`, (x) => fn(x, axis))),
);

export const shapeCases: readonly KernelCase[] = [
  ...fromBehind,
  op('Pack', 'of one, along -1', (x) => tf.stack([x], -1)),
  op('Concat', 'along -1 with a tensor of no features', (x) =>
    tf.concat([x, tf.zeros([x.shape[0] as number, 4, 0])], -1),
  ),
  op('Reshape', 'flattens', (x) => tf.reshape(x, [-1, 24])),
  op('Reshape', 'joins the batch', (x) => tf.reshape(x, [-1, 6])),
  op('Reshape', 'splits the batch off again', (x) =>
    tf.reshape(tf.relu(tf.reshape(x, [-1, 6])), x.shape),
  ),
  op(
    'Reshape',
    'keeps two dynamic dimensions',
    (x) => tf.reshape(x, [x.shape[0] as number, x.shape[1] as number, 2, 3]),
    { x: { shape: [null, 'time', 6] } },
  ),
  op(
    'Reshape',
    'moves two dynamic dimensions',
    (x) => tf.reshape(x, [2, x.shape[0] as number, 3, x.shape[1] as number]),
    { x: { shape: [null, 'time', 6] } },
  ),
  op('Reshape', 'of a broadcast', (x) =>
    tf.reshape(tf.broadcastTo(tf.expandDims(x, 1), [x.shape[0] as number, 2, 4, 6]), [-1, 48]),
  ),
  op('ExpandDims', 'in the middle', (x) => tf.expandDims(x, 1)),
  op('Reshape', 'squeezes', (x) => tf.squeeze(x, [1]), { x: { shape: [null, 1, 3] } }),
  op('Transpose', 'all axes', (x) => tf.transpose(x)),
  op('Transpose', 'the batch inwards', (x) => tf.transpose(x, [1, 0, 2])),
  op('Transpose', 'of a dimension of size 1', (x) => tf.transpose(x, [0, 2, 1]), {
    x: { shape: [null, 1, 3] },
  }),
  op('Concat', 'along the features', (x) => tf.concat([x, tf.neg(x)], -1)),
  op('Concat', 'along the batch', (x) => tf.concat([x, tf.neg(x)], 0)),
  op('Concat', 'with a constant broadcast to the batch', (x) =>
    tf.concat([x, tf.fill([x.shape[0] as number, 1, 6], 0.5)], 1),
  ),
  op('Pack', 'in the middle', (x) => tf.stack([x, tf.neg(x)], 1)),
  op('Unpack', 'along the time', (x) => tf.unstack(x, 1)),
  op('SplitV', 'in equal parts', (x) => tf.split(x, 2, 1)),
  op('SplitV', 'in given parts', (x) => tf.split(x, [1, 5], 2)),
  op('Slice', 'of features', (x) => tf.slice(x, [0, 1, 2], [-1, 2, 3])),
  op('Slice', 'behind the first of the batch', (x) =>
    tf.slice(tf.concat([x, x], 0), [1, 0, 0], [-1, -1, -1]),
  ),
  op('Slice', 'of half of a doubled batch', (x) =>
    tf.slice(
      tf.concat([x, tf.neg(x)], 0),
      [x.shape[0] as number, 0, 0],
      [x.shape[0] as number, 4, 6],
    ),
  ),
  op('StridedSlice', 'every second', (x) =>
    tf.stridedSlice(x, [0, 0, 0], [x.shape[0] as number, 4, 6], [1, 1, 2]),
  ),
  op('StridedSlice', 'backwards', (x) =>
    tf.stridedSlice(x, [0, 0, -1], [x.shape[0] as number, 4, -7], [1, 1, -2]),
  ),
  op('StridedSlice', 'with masks', (x) =>
    tf.stridedSlice(x, [0, 1, 1], [0, 2, 0], [1, 1, 1], 1, 5, 0, 0, 2),
  ),
  op('StridedSlice', 'a new axis in front', (x) =>
    tf.stridedSlice(x, [0, 0], [0, 0], [1, 1], 3, 3, 0, 1, 0),
  ),
  op('StridedSlice', 'a new axis in the middle', (x) =>
    tf.stridedSlice(x, [0, 0, 1], [0, 0, 3], [1, 1, 1], 3, 3, 0, 2, 0),
  ),
  op('StridedSlice', 'an ellipsis, then a row', (x) =>
    tf.stridedSlice(x, [0, 1], [0, 2], [1, 1], 0, 0, 1, 0, 2),
  ),
  op('StridedSlice', 'an ellipsis, then a range and a new axis before it', (x) =>
    tf.stridedSlice(x, [0, 0, 1], [0, 0, 5], [1, 1, 2], 0, 0, 2, 1, 0),
  ),
  op('StridedSlice', 'a row, then an ellipsis', (x) =>
    tf.stridedSlice(x, [0, 2, 0], [0, 3, 0], [1, 1, 1], 1, 1, 4, 0, 2),
  ),
  op('StridedSlice', 'an ellipsis for nothing', (x) =>
    tf.stridedSlice(x, [0, 0, 0, 2], [0, 0, 0, 4], [1, 1, 1, 1], 3, 3, 4, 0, 0),
  ),
  op('Reverse', 'time', (x) => tf.reverse(x, 1)),
  op('Reverse', 'two axes', (x) => tf.reverse(x, [1, -1])),
  op('Tile', 'features', (x) => tf.tile(x, [1, 2, 3])),
  op('Tile', 'a dimension of size 1', (x) => tf.tile(x, [1, 5, 1]), { x: { shape: [null, 1, 3] } }),
  op('Tile', 'the batch', (x) => tf.tile(x, [2, 1, 1])),
  op('Tile', 'a row for each item', (x) =>
    tf.add(x, tf.tile(tf.tensor3d([[[1, 2, 3, 4, 5, 6]]]), [x.shape[0] as number, 4, 1])),
  ),
  op('Tile', 'a row broadcast to each item', (x) =>
    tf.broadcastTo(tf.tensor3d([[[1, 2, 3, 4, 5, 6]]]), x.shape),
  ),
  op('Fill', 'used element-wise', (x) => tf.add(x, tf.fill(x.shape, 2))),
  op('Fill', 'as an output', (x) => tf.fill(x.shape, 3)),
  op('PadV2', 'with zeros', (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 2],
      [0, 3],
    ]),
  ),
  op('PadV2', 'with a value', (x) =>
    tf.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 3],
      ],
      -1.5,
    ),
  ),
  op(
    'PadV2',
    'of integers',
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 1],
        ],
        7,
      ),
    { x: { shape: [null, 3], dtype: 'int32', range: [0, 9] } },
  ),
  op(
    'PadV2',
    'of bools',
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 1],
        ],
        1,
      ),
    { x: { shape: [null, 3], dtype: 'bool' } },
  ),
  op('MirrorPad', 'reflecting', (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [3, 1],
      ],
      'reflect',
    ),
  ),
  op('MirrorPad', 'symmetric', (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [3, 1],
      ],
      'symmetric',
    ),
  ),
  op('Range', 'of fixed length', (x) => tf.add(x, tf.range(0, 6))),
  op('Range', 'over the batch', (x) =>
    tf.add(tf.sum(x, [1, 2]), tf.range(0, x.shape[0] as number)),
  ),
  op('Range', 'over the batch, in steps', (x) =>
    tf.range(1, 1 + 2 * (x.shape[0] as number), 2, 'int32'),
  ),
  op('LinSpace', 'of fixed length', (x) => tf.mul(x, tf.linspace(-1, 1, 6))),
  op('DepthToSpace', 'channels last', (x) => tf.depthToSpace(x as tf.Tensor4D, 2), image),
  op(
    'SpaceToBatchND',
    'and back',
    (x) => {
      const blocks = tf.spaceToBatchND(
        x,
        [2, 3],
        [
          [0, 0],
          [0, 0],
        ],
      );
      return {
        blocks,
        back: tf.batchToSpaceND(
          tf.relu(blocks),
          [2, 3],
          [
            [0, 0],
            [0, 0],
          ],
        ),
      };
    },
    image,
  ),
  op(
    'BatchToSpaceND',
    'cropped',
    (x) =>
      tf.batchToSpaceND(
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [1, 1],
            [2, 0],
          ],
        ),
        [2, 2],
        [
          [1, 0],
          [1, 1],
        ],
      ),
    image,
  ),
  {
    name: 'gradients of concat, slice, pad, tile, transpose, pack and split',
    kernels: ['Slice', 'PadV2', 'Transpose', 'Unpack'],
    fn: (x) => {
      const of = (f: (v: tf.Tensor) => tf.Tensor) => tf.grad((v) => tf.square(f(v)))(x);
      return {
        concat: of((v) => tf.concat([v, tf.neg(v)], 1)),
        slice: of((v) => tf.slice(v, [0, 1, 1], [-1, 2, 3])),
        pad: of((v) =>
          tf.pad(v, [
            [0, 0],
            [1, 1],
            [2, 0],
          ]),
        ),
        tile: of((v) => tf.tile(v, [1, 2, 1])),
        transpose: of((v) => tf.transpose(v, [0, 2, 1])),
        stack: of((v) => tf.stack([v, tf.mul(v, 2)], 1)),
        split: of((v) => tf.split(v, 2, 1)[0] as tf.Tensor),
        reverse: of((v) => tf.reverse(v, 1)),
        mirror: of((v) =>
          tf.mirrorPad(
            v,
            [
              [0, 0],
              [1, 1],
              [0, 0],
            ],
            'reflect',
          ),
        ),
      };
    },
    inputs: cube,
  },
];
