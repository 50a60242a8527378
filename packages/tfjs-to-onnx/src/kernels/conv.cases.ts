import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

/** Fixed weights of any shape: waves, so that no two are alike. */
const waves = (...shape: number[]): tf.Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + 0.3)),
    shape,
  );
};

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
interface Form {
  readonly size: readonly [number, number];
  readonly window: readonly [number, number];
  readonly stride: [number, number];
  readonly pad: Pad;
  readonly dilation?: number;
}

/** Odd and even sizes, windows and strides, so that rows are left over, skipped or unevenly padded. */
const FORMS: readonly Form[] = [
  { size: [6, 5], window: [3, 3], stride: [1, 1], pad: 'same' },
  { size: [6, 5], window: [3, 2], stride: [1, 1], pad: 'valid' },
  { size: [7, 8], window: [3, 3], stride: [2, 2], pad: 'same' },
  { size: [7, 8], window: [4, 3], stride: [2, 3], pad: 'same' },
  { size: [8, 7], window: [3, 2], stride: [3, 2], pad: 'valid' },
  { size: [7, 7], window: [1, 1], stride: [2, 2], pad: 'same' },
  { size: [6, 6], window: [2, 2], stride: [3, 3], pad: 'same' },
  { size: [6, 5], window: [3, 3], stride: [1, 1], pad: 2 },
  {
    size: [6, 5],
    window: [3, 3],
    stride: [2, 2],
    pad: [
      [0, 0],
      [1, 0],
      [2, 1],
      [0, 0],
    ],
  },
  { size: [7, 7], window: [3, 3], stride: [1, 1], pad: 'same', dilation: 2 },
];

const text = ({ size, window, stride, pad, dilation }: Form) =>
  `${size.join('×')}, window ${window.join('×')}, stride ${stride.join('×')}, ${typeof pad === 'object' ? 'explicit padding' : typeof pad === 'number' ? `padding ${pad}` : pad}${dilation === undefined ? '' : `, dilation ${dilation}`}`;

const image = (form: Form, channels: number) => ({
  x: { shape: [null, ...form.size, channels], range: [-1, 1] as const },
});

const conv2d = (form: Form): KernelCase => ({
  name: `Conv2D ${text(form)}`,
  kernels: ['Conv2D'],
  fn: (x) =>
    tf.conv2d(
      x as tf.Tensor4D,
      waves(...form.window, 2, 3) as tf.Tensor4D,
      form.stride,
      form.pad,
      'NHWC',
      form.dilation ?? 1,
    ),
  inputs: image(form, 2),
});

const depthwise = (form: Form): KernelCase => ({
  name: `DepthwiseConv2dNative ${text(form)}`,
  kernels: ['DepthwiseConv2dNative'],
  fn: (x) =>
    tf.depthwiseConv2d(
      x as tf.Tensor4D,
      waves(...form.window, 2, 3) as tf.Tensor4D,
      form.stride,
      form.pad,
      'NHWC',
      form.dilation ?? 1,
    ),
  inputs: image(form, 2),
});

const weightsInput = (form: Form, ...channels: number[]) => ({
  shape: [...form.window, ...channels],
  range: [-1, 1] as const,
});

const gradients = (form: Form): KernelCase => ({
  name: `gradients of conv2d, ${text(form)}`,
  kernels: ['Conv2DBackpropFilter', 'Conv2DBackpropInput'],
  fn: (x, w) => {
    const [dx, dw] = tf.grads((a: tf.Tensor, k: tf.Tensor) =>
      tf.square(tf.conv2d(a as tf.Tensor4D, k as tf.Tensor4D, form.stride, form.pad)),
    )([x, w]) as [tf.Tensor, tf.Tensor];
    return { dx, dw };
  },
  inputs: { ...image(form, 2), w: weightsInput(form, 2, 3) },
});

const depthwiseGradients = (form: Form): KernelCase => ({
  name: `gradients of depthwiseConv2d, ${text(form)}`,
  kernels: ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'],
  fn: (x, w) => {
    const [dx, dw] = tf.grads((a: tf.Tensor, k: tf.Tensor) =>
      tf.square(tf.depthwiseConv2d(a as tf.Tensor4D, k as tf.Tensor4D, form.stride, form.pad)),
    )([x, w]) as [tf.Tensor, tf.Tensor];
    return { dx, dw };
  },
  inputs: { ...image(form, 2), w: weightsInput(form, 2, 2) },
});

/** The output size of a transposed convolution that Keras's layers ask for. */
const grown = (form: Form) =>
  form.size.map((size, axis) => {
    const [stride, window] = [form.stride[axis] as number, form.window[axis] as number];
    return form.pad === 'same' ? size * stride : size * stride + Math.max(window - stride, 0);
  }) as [number, number];

const transposed = (form: Form): KernelCase => ({
  name: `transposed conv2d ${text(form)}`,
  kernels: ['Conv2DBackpropInput'],
  fn: (x) =>
    tf.conv2dTranspose(
      x as tf.Tensor4D,
      waves(...form.window, 3, 2) as tf.Tensor4D,
      [x.shape[0] as number, ...grown(form), 3],
      form.stride,
      form.pad as 'same' | 'valid',
    ),
  inputs: image(form, 2),
});

const CUBES: readonly {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly pad: 'same' | 'valid';
}[] = [
  { size: 4, window: 3, stride: 1, pad: 'same' },
  { size: 5, window: 2, stride: 2, pad: 'same' },
  { size: 5, window: 2, stride: 2, pad: 'valid' },
  { size: 5, window: 1, stride: 3, pad: 'same' },
];

const named = FORMS.filter(
  ({ pad, dilation }) => typeof pad === 'string' && dilation === undefined,
);

export const convCases: readonly KernelCase[] = [
  {
    name: 'Conv2D padded by one number, of which tfjs counts the windows by the height alone',
    kernels: ['Conv2D'],
    fn: (x) =>
      tf.conv2d(x as tf.Tensor4D, waves(3, 2, 3, 4) as tf.Tensor4D, [3, 2], 2, 'NHWC', 1, 'floor'),
    inputs: { x: { shape: [null, 8, 8, 3] } },
  },
  ...FORMS.map(conv2d),
  ...FORMS.filter(({ dilation, stride }) => dilation === undefined && stride[0] === stride[1]).map(
    depthwise,
  ),
  ...named.map(gradients),
  ...named.filter(({ stride }) => stride[0] === stride[1]).map(depthwiseGradients),
  ...named.map(transposed),
  ...CUBES.map(
    ({ size, window, stride, pad }): KernelCase => ({
      name: `Conv3D and its gradients, ${size}³, window ${window}, stride ${stride}, ${pad}`,
      kernels: ['Conv3D', 'Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2'],
      fn: (x, w) => {
        const f = (a: tf.Tensor, k: tf.Tensor) =>
          tf.conv3d(a as tf.Tensor5D, k as tf.Tensor5D, stride, pad);
        const [dx, dw] = tf.grads((a: tf.Tensor, k: tf.Tensor) => tf.square(f(a, k)))([x, w]) as [
          tf.Tensor,
          tf.Tensor,
        ];
        return { y: f(x, w), dx, dw };
      },
      inputs: {
        x: { shape: [null, size, size, size, 2], range: [-1, 1] },
        w: { shape: [window, window, window, 2, 3], range: [-1, 1] },
      },
    }),
  ),
  {
    name: 'Conv2D of channels first',
    kernels: ['Conv2D'],
    fn: (x) => tf.conv2d(x as tf.Tensor4D, waves(3, 3, 2, 3) as tf.Tensor4D, 2, 'same', 'NCHW'),
    inputs: { x: { shape: [null, 2, 7, 6], range: [-1, 1] } },
  },
  {
    name: 'Conv2D of any image size',
    kernels: ['Conv2D'],
    fn: (x) => tf.conv2d(x as tf.Tensor4D, waves(3, 3, 2, 3) as tf.Tensor4D, 1, 'same'),
    inputs: { x: { shape: [null, 'height', 'width', 2], range: [-1, 1] } },
  },
  {
    name: 'Conv2D of any image size, strided without padding',
    kernels: ['Conv2D'],
    fn: (x) => tf.conv2d(x as tf.Tensor4D, waves(3, 3, 2, 3) as tf.Tensor4D, 2, 'valid'),
    inputs: { x: { shape: [null, 'height', 'width', 2], range: [-1, 1] } },
  },
  {
    name: 'conv1d',
    kernels: ['Conv2D'],
    fn: (x) => tf.conv1d(x as tf.Tensor3D, waves(3, 2, 3) as tf.Tensor3D, 2, 'same'),
    inputs: { x: { shape: [null, 9, 2], range: [-1, 1] } },
  },
  {
    name: 'conv1d dilated',
    kernels: ['Conv2D'],
    fn: (x) => tf.conv1d(x as tf.Tensor3D, waves(3, 2, 3) as tf.Tensor3D, 1, 'valid', 'NWC', 2),
    inputs: { x: { shape: [null, 9, 2], range: [-1, 1] } },
  },
  {
    name: 'separable convolution',
    kernels: ['DepthwiseConv2dNative', 'Conv2D'],
    fn: (x) =>
      tf.separableConv2d(
        x as tf.Tensor4D,
        waves(3, 3, 2, 2) as tf.Tensor4D,
        waves(1, 1, 4, 3) as tf.Tensor4D,
        1,
        'same',
      ),
    inputs: { x: { shape: [null, 6, 5, 2], range: [-1, 1] } },
  },
  ...(['relu', 'sigmoid', 'elu', 'relu6', 'leakyrelu'] as const).map(
    (activation): KernelCase => ({
      name: `FusedConv2D with bias and ${activation}`,
      kernels: ['FusedConv2D'],
      fn: (x) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: waves(3, 3, 2, 3) as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias: tf.tensor1d([0.1, -0.2, 0.3]),
          activation,
          leakyreluAlpha: 0.1,
        }),
      inputs: { x: { shape: [null, 5, 4, 2], range: [-1, 1] } },
    }),
  ),
  {
    name: 'FusedConv2D with prelu',
    kernels: ['FusedConv2D'],
    fn: (x) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: waves(3, 3, 2, 3) as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        activation: 'prelu',
        preluActivationWeights: tf.tensor3d([0.1, 0.2, 0.3], [1, 1, 3]),
      }),
    inputs: { x: { shape: [null, 5, 4, 2], range: [-1, 1] } },
  },
  {
    name: 'FusedDepthwiseConv2D with bias and relu',
    kernels: ['FusedDepthwiseConv2D'],
    fn: (x) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: waves(3, 3, 2, 2) as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: tf.tensor1d([0.1, -0.2, 0.3, 0.4]),
        activation: 'relu',
      }),
    inputs: { x: { shape: [null, 5, 4, 2], range: [-1, 1] } },
  },
];
