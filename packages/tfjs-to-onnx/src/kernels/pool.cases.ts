import * as tf from '@tensorflow/tfjs-core';
import { type KernelCase, OPSETS_WITH_ADDING } from '../testing/kernel-case.ts';

interface Form {
  readonly size: readonly [number, number];
  readonly window: [number, number];
  readonly stride: number;
  readonly pad: 'same' | 'valid' | number;
}

const FORMS: readonly Form[] = [
  { size: [6, 8], window: [2, 2], stride: 2, pad: 'valid' },
  { size: [7, 5], window: [2, 2], stride: 2, pad: 'valid' },
  { size: [7, 5], window: [2, 2], stride: 2, pad: 'same' },
  { size: [6, 5], window: [3, 2], stride: 1, pad: 'same' },
  { size: [7, 8], window: [3, 3], stride: 2, pad: 'same' },
  { size: [6, 6], window: [3, 3], stride: 2, pad: 1 },
  { size: [7, 7], window: [2, 2], stride: 3, pad: 'same' },
];

const text = ({ size, window, stride, pad }: Form) =>
  `${size.join('×')}, window ${window.join('×')}, stride ${stride}, ${typeof pad === 'number' ? `padding ${pad}` : pad}`;

const image = (form: Form) => ({
  x: { shape: [null, ...form.size, 2], range: [-1, 1] as const },
});

const OPERATORS = { MaxPool: tf.maxPool, AvgPool: tf.avgPool } as const;
const VOLUMES = { MaxPool3D: tf.maxPool3d, AvgPool3D: tf.avgPool3d } as const;

export const poolCases: readonly KernelCase[] = [
  ...(['MaxPool', 'AvgPool'] as const).flatMap((kernel) =>
    FORMS.flatMap((form): KernelCase[] => {
      const pooled = (x: tf.Tensor) =>
        OPERATORS[kernel](x as tf.Tensor4D, form.window, form.stride, form.pad) as tf.Tensor;
      return [
        { name: `${kernel} ${text(form)}`, kernels: [kernel], fn: pooled, inputs: image(form) },
        {
          name: `${kernel}Grad ${text(form)}`,
          kernels: [`${kernel}Grad`],
          fn: (x) => tf.grad((v) => tf.square(pooled(v)))(x),
          inputs: image(form),
          ...(form.window.some((side) => side > form.stride) ? { opsets: OPSETS_WITH_ADDING } : {}),
        },
      ];
    }),
  ),
  ...(['MaxPool3D', 'AvgPool3D'] as const).flatMap((kernel) =>
    (['same', 'valid'] as const).map((pad): KernelCase => {
      const pooled = (x: tf.Tensor) => VOLUMES[kernel](x as tf.Tensor5D, 2, 2, pad) as tf.Tensor;
      return {
        name: `${kernel} and its gradient, ${pad}`,
        kernels: [kernel, `${kernel}Grad`],
        fn: (x) => ({ y: pooled(x), dx: tf.grad((v) => tf.square(pooled(v)))(x) }),
        inputs: { x: { shape: [null, 4, 5, 4, 2], range: [-1, 1] } },
      };
    }),
  ),
  {
    // ONNX Runtime would take the padding for the pooling's own, where it is no number to compare with.
    name: 'MaxPool of negative numbers padded with zeros',
    kernels: ['MaxPool', 'PadV2'],
    fn: (x) => {
      const negative = tf.neg(tf.exp(tf.maxPool(x as tf.Tensor4D, 2, 1, 'valid')));
      const padded = tf.pad(negative, [
        [0, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ]);
      return tf.maxPool(padded, 2, 1, 'valid');
    },
    inputs: { x: { shape: [null, 3, 3, 2], range: [-1, 1] } },
  },
  {
    name: 'LRN and LRNGrad',
    kernels: ['LRN', 'LRNGrad'],
    fn: (x) => {
      const normal = (v: tf.Tensor) =>
        tf.localResponseNormalization(v as tf.Tensor4D, 2, 1.5, 0.7, 0.6);
      return { y: normal(x), dx: tf.grad((v) => tf.square(normal(v)))(x) };
    },
    inputs: { x: { shape: [null, 3, 2, 7], range: [-1, 1] } },
  },
  {
    // Of large numbers beside small ones a running sum keeps what it rounded.
    name: 'LRN of values that are 100 and next to nothing',
    kernels: ['LRN'],
    fn: (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 0.1, 1, 0.75),
    inputs: { x: { shape: [null, 4, 4, 8] } },
  },
  {
    name: 'LRN and LRNGrad of any number of channels',
    kernels: ['LRN', 'LRNGrad'],
    fn: (x) =>
      tf.grad((v: tf.Tensor) => tf.localResponseNormalization(v as tf.Tensor4D, 2))(x) as tf.Tensor,
    inputs: { x: { shape: [null, 3, 2, 'channels'], range: [-1, 1] } },
  },
];
