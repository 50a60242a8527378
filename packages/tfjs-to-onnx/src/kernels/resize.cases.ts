import * as tf from '@tensorflow/tfjs-core';
import type { KernelCase } from '../testing/kernel-case.ts';

const inputs = { x: { shape: [null, 4, 5, 2], range: [-1, 1] } } as const;
const SIZES: readonly [number, number][] = [
  [8, 10],
  [7, 3],
  [2, 5],
  [9, 9],
];
const FORMS = [
  { align: false, half: false },
  { align: true, half: false },
  { align: false, half: true },
] as const;

const METHODS = {
  ResizeBilinear: tf.image.resizeBilinear,
  ResizeNearestNeighbor: tf.image.resizeNearestNeighbor,
} as const;

export const resizeCases: readonly KernelCase[] = [
  ...(['ResizeBilinear', 'ResizeNearestNeighbor'] as const).flatMap((kernel) =>
    SIZES.flatMap((size) =>
      FORMS.flatMap(({ align, half }): KernelCase[] => {
        const name = `to ${size.join('×')}${align ? ', corners aligned' : ''}${half ? ', half pixels' : ''}`;
        const resized = (v: tf.Tensor) => METHODS[kernel](v as tf.Tensor4D, size, align, half);
        const forward: KernelCase = {
          name: `${kernel} ${name}`,
          kernels: [kernel],
          fn: resized,
          inputs,
        };
        // tfjs has no gradient by half pixels.
        if (half) return [forward];
        return [
          forward,
          {
            name: `${kernel}Grad ${name}`,
            kernels: [`${kernel}Grad`],
            fn: (x) => tf.grad((v) => tf.square(resized(v)))(x),
            // One square image: tfjs's cpu kernels for these gradients take the height for the width
            // (bilinear) and read the first image for every one of the batch (nearest).
            inputs: { x: { shape: [1, 5, 5, 2], range: [-1, 1] } },
          },
        ];
      }),
    ),
  ),
  {
    name: 'ResizeNearestNeighbor of integers',
    kernels: ['ResizeNearestNeighbor'],
    fn: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 10]),
    inputs: { x: { shape: [null, 4, 5, 2], dtype: 'int32', range: [0, 255] } },
  },
  {
    name: 'FlipLeftRight',
    kernels: ['FlipLeftRight'],
    fn: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
    inputs,
  },
  {
    name: 'CropAndResize of one box',
    kernels: ['CropAndResize'],
    fn: (x) => {
      const count = x.shape[0] as number;
      const boxes = tf.tensor2d(Array.from({ length: count }, () => [0, 0.25, 0.75, 1]));
      return tf.image.cropAndResize(
        x as tf.Tensor4D,
        boxes,
        tf.range(0, count, 1, 'int32'),
        [3, 4],
        'nearest',
      );
    },
    inputs,
  },
];
