import { someOf } from '../../../test/setup/tier.ts';
import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from '@latentkit/system/ort-for-tests';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import type { TensorFunction } from './source/normal-source.ts';
import { withWaves } from './testing/layer-case.ts';
import { type ToOnnxOptions, toOnnx } from './to-onnx.ts';

const waves = (shape: readonly number[], seed = 1) => {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));
  return tf.tensor(values, [...shape]);
};

/** Odd, even, one, prime, smaller than the window, larger than anything that was traced. */
const IMAGES = [
  [8, 8],
  [7, 7],
  [6, 9],
  [9, 6],
  [1, 1],
  [2, 3],
  [5, 16],
  [31, 33],
] as const;

/** Compares an export with tfjs at sizes that were not traced, whatever its own verification found. */
async function compareAt(
  fn: TensorFunction,
  shapes: readonly (readonly number[])[],
  bytes: Uint8Array,
): Promise<number> {
  let compared = 0;
  for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
    const session = await InferenceSession.create(bytes, { graphOptimizationLevel });
    const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
    for (const shape of shapes) {
      const x = waves(shape);
      let expected: tf.Tensor;
      try {
        expected = fn(x) as tf.Tensor;
      } catch {
        // A valid window does not fit into the smallest.
        continue;
      }
      if (expected.shape.some((size) => size <= 0)) continue;
      const feeds = { [input]: new Tensor('float32', x.dataSync() as Float32Array, [...shape]) };
      const result = (await session.run(feeds))[output] as Tensor;
      expect([shape, result.dims]).toEqual([shape, expected.shape]);
      const [own, tfjs] = [result.data as Float32Array, expected.dataSync() as Float32Array];
      const scale = tfjs.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      const off = tfjs.reduce((most, v, i) => Math.max(most, Math.abs(v - (own[i] as number))), 0);
      expect(off / scale).toBeLessThan(1e-5);
      compared++;
    }
    await session.release();
  }
  return compared;
}

const PADS = ['same', 'valid', 1] as const;
const STRIDES = [1, 2, 3] as const;

type Image = tf.Tensor4D;
type Operator = (
  x: Image,
  kernel: number,
  stride: number,
  pad: 'same' | 'valid' | number,
) => tf.Tensor;

const OPERATORS: Record<string, Operator> = {
  conv2d: (x, k, s, pad) => tf.conv2d(x, waves([k, k, 2, 3]) as Image, s, pad),
  'fused conv2d': (x, k, s, pad) =>
    tf.fused.conv2d({
      x,
      filter: waves([k, k, 2, 3]) as Image,
      strides: s,
      pad,
      bias: tf.tensor1d([1, -1, 0.5]),
      activation: 'relu',
    }),
  depthwise: (x, k, s, pad) => tf.depthwiseConv2d(x, waves([k, k, 2, 2]) as Image, s, pad),
  separable: (x, k, s, pad) =>
    tf.separableConv2d(
      x,
      waves([k, k, 2, 1]) as Image,
      waves([1, 1, 2, 3]) as Image,
      s,
      pad as 'same',
    ),
  maxPool: (x, k, s, pad) => tf.maxPool(x, k, s, pad),
  avgPool: (x, k, s, pad) => tf.avgPool(x, k, s, pad),
};

describe('operators with strides, over images of any size', () => {
  const shapes = IMAGES.map((image) => [2, ...image, 2]);
  const cases = Object.keys(OPERATORS).flatMap((name) =>
    PADS.flatMap((pad) =>
      STRIDES.flatMap((stride) =>
        (stride === 2 ? [1, 2, 3, 5] : [3]).flatMap((kernel) =>
          // tfjs pools no padding as large as the window, and separable convolutions know names only.
          typeof pad === 'number' && (kernel <= pad || name === 'separable')
            ? []
            : [[name, pad, stride, kernel] as const],
        ),
      ),
    ),
  );

  test.each(someOf('operators with strides', cases, 20))(
    '%s, padding %s, stride %i, window %i',
    async (name, pad, stride, kernel) => {
      const fn: TensorFunction = (x) =>
        (OPERATORS[name] as Operator)(x as Image, kernel, stride, pad);
      const { bytes, report } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
      expect(report.warnings).toEqual([]);
      expect(await compareAt(fn, shapes, bytes)).toBeGreaterThan(8);
    },
  );

  test('dilated', async () => {
    const fn: TensorFunction = (x) =>
      tf.conv2d(x as Image, waves([3, 3, 2, 2]) as Image, 1, 'same', 'NHWC', 2);
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
    expect(await compareAt(fn, shapes, bytes)).toBe(2 * shapes.length);
  });

  test('one dynamic side, different strides and windows', async () => {
    const fn: TensorFunction = (x) =>
      tf.conv2d(x as Image, waves([4, 3, 2, 2]) as Image, [3, 2], 'same');
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 10, 'w', 2] } } });
    const strips = [1, 2, 3, 8, 9, 30].map((width) => [1, 10, width, 2]);
    expect(await compareAt(fn, strips, bytes)).toBe(2 * strips.length);
  });

  test.each(['same', 'valid'] as const)('explicit and rounded padding beside %s', async (pad) => {
    const fn: TensorFunction = (x) => {
      const image = x as Image;
      const explicit = tf.conv2d(image, waves([3, 3, 2, 2]) as Image, 2, [
        [0, 0],
        [2, 1],
        [0, 2],
        [0, 0],
      ]);
      return tf.avgPool(
        explicit,
        3,
        2,
        pad === 'same' ? pad : 0,
        pad === 'same' ? undefined : 'floor',
      );
    };
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
    expect(await compareAt(fn, shapes, bytes)).toBeGreaterThan(8);
  });

  test.each(['ceil', 'round', 'floor'] as const)('sizes rounded by %s', async (rounding) => {
    const fn: TensorFunction = (x) =>
      tf.concat(
        [tf.maxPool(x as Image, 3, 2, 1, rounding), tf.avgPool(x as Image, 3, 2, 1, rounding)],
        3,
      );
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
    expect(await compareAt(fn, shapes, bytes)).toBeGreaterThan(8);
  });
});

describe('transposed convolutions', () => {
  const shapes = IMAGES.map((image) => [1, ...image, 2]);
  const cases = (['same', 'valid'] as const).flatMap((pad) =>
    STRIDES.flatMap((stride) => [1, 2, 3, 4].map((kernel) => [pad, stride, kernel] as const)),
  );
  test.each(someOf('transposed convolutions', cases, 8))(
    '%s, stride %i, window %i',
    async (pad, stride, kernel) => {
      const length = (n: number) =>
        n * stride + (pad === 'valid' ? Math.max(kernel - stride, 0) : 0);
      const fn: TensorFunction = (x) => {
        const [n, h, w] = x.shape as [number, number, number];
        const filter = waves([kernel, kernel, 3, 2]) as Image;
        return tf.conv2dTranspose(x as Image, filter, [n, length(h), length(w), 3], stride, pad);
      };
      const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
      expect(await compareAt(fn, shapes, bytes)).toBe(2 * shapes.length);
    },
  );

  test('back to the size of the image, odd or even', async () => {
    const fn: TensorFunction = (x) => {
      const image = x as Image;
      const filter = waves([3, 3, 2, 2]) as Image;
      const half = tf.conv2d(image, filter, 2, 'same');
      return tf.add(tf.conv2dTranspose(half, filter, image.shape, 2, 'same'), image);
    };
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
    expect(await compareAt(fn, shapes, bytes)).toBe(2 * shapes.length);
  });
});

describe('volumes', () => {
  const volumes = [
    [1, 4, 4, 4, 2],
    [1, 5, 6, 7, 2],
    [2, 3, 9, 2, 2],
    [1, 1, 1, 1, 2],
  ];
  const filter = (k: number) => waves([k, k, k, 2, 2]) as tf.Tensor5D;
  const cases = [1, 2, 3].flatMap((kernel) =>
    (['same', 'valid'] as const).map((pad) => [kernel, pad] as const),
  );
  test.each(someOf('volumes', cases, 2))('window %i, %s', async (kernel, pad) => {
    const all: TensorFunction[] = [
      (x) => tf.conv3d(x as tf.Tensor5D, filter(kernel), 2, pad),
      (x) => tf.maxPool3d(x as tf.Tensor5D, kernel, 2, pad),
      (x) => tf.avgPool3d(x as tf.Tensor5D, kernel, 2, pad),
    ];
    for (const fn of all) {
      const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'd', 'h', 'w', 2] } } });
      expect(await compareAt(fn, volumes, bytes)).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('layers, and stacks of them', () => {
  const L = layers;
  const shapes = IMAGES.map((image) => [1, ...image, 2]);
  const open = { inputShape: [null, null, 2] };
  const down = (filters = 4) =>
    L.conv2d({ filters, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' });
  const up = (filters = 4) =>
    L.conv2dTranspose({ filters, kernelSize: 3, strides: 2, padding: 'same' });
  const MODELS: Record<string, () => LayersModel> = {
    conv2d: () =>
      sequential({
        layers: [L.conv2d({ ...open, filters: 2, kernelSize: 3, strides: 2, padding: 'same' })],
      }),
    depthwise: () =>
      sequential({
        layers: [
          L.depthwiseConv2d({ ...open, kernelSize: 3, strides: 2, padding: 'same' } as never),
        ],
      }),
    separable: () =>
      sequential({
        layers: [
          L.separableConv2d({ ...open, filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
        ],
      }),
    maxPooling: () =>
      sequential({
        layers: [L.maxPooling2d({ ...open, poolSize: 3, strides: 2, padding: 'same' } as never)],
      }),
    averagePooling: () =>
      sequential({
        layers: [
          L.averagePooling2d({ ...open, poolSize: 3, strides: 2, padding: 'same' } as never),
        ],
      }),
    'six deep': () =>
      sequential({ layers: [L.inputLayer(open), ...Array.from({ length: 6 }, () => down())] }),
    'down and up': () => sequential({ layers: [L.inputLayer(open), down(), down(), up(), up(1)] }),
    'down, and up by sampling': () =>
      sequential({
        layers: [
          L.inputLayer(open),
          down(),
          L.upSampling2d({ size: [2, 2] }),
          down(),
          L.upSampling2d({ size: [3, 3], interpolation: 'bilinear' }),
        ],
      }),
    'down to a vector': () =>
      sequential({
        layers: [
          L.inputLayer(open),
          down(),
          down(),
          L.globalAveragePooling2d({}),
          L.dense({ units: 3 }),
        ],
      }),
    'down to a sequence': () =>
      sequential({
        layers: [
          L.inputLayer(open),
          down(),
          L.reshape({ targetShape: [-1, 4] }),
          L.dense({ units: 3 }),
        ],
      }),
  };

  test.each(Object.entries(MODELS))('%s', async (_, make) => {
    const made = withWaves(make());
    const fn: TensorFunction = (x) => made.predict(x) as tf.Tensor;
    const { bytes, report } = await toOnnx(made);
    expect(report.verification?.runs).toBeGreaterThan(18);
    expect(await compareAt(fn, shapes, bytes)).toBe(2 * shapes.length);
  });

  test.each(['same', 'valid'] as const)('conv1d and pools of sequences, %s', async (padding) => {
    const pool = {
      poolSize: 3,
      strides: 2,
      padding,
    } as const;
    const made = withWaves(
      sequential({
        layers: [
          L.conv1d({
            inputShape: [null, 2],
            filters: 3,
            kernelSize: 3,
            strides: 2,
            padding,
          }),
          L.maxPooling1d(pool),
          L.averagePooling1d({ ...pool, poolSize: 2 }),
        ],
      }),
    );
    const fn: TensorFunction = (x) => made.predict(x) as tf.Tensor;
    const { bytes } = await toOnnx(made, {
      traceSizes: { conv1d_input_dim1: [30, 40] },
    });
    const lengths = [7, 8, 15, 16, 31, 40, 41].map((length) => [2, length, 2]);
    expect(await compareAt(fn, lengths, bytes)).toBeGreaterThan(6);
  });

  test('a U-Net, which takes multiples of 4 alone, and traces at those', async () => {
    const fn: TensorFunction = (x) => {
      const filter = waves([3, 3, 2, 2]) as Image;
      const conv = (v: tf.Tensor, stride: number) => tf.conv2d(v as Image, filter, stride, 'same');
      const half = conv(x, 2);
      const quarter = conv(half, 2);
      const up = (v: tf.Tensor) => {
        const [, h, w] = v.shape as [number, number, number];
        return tf.image.resizeNearestNeighbor(v as Image, [2 * h, 2 * w]);
      };
      return tf.add(up(tf.add(up(quarter), half)), x);
    };
    const { bytes } = await toOnnx(fn, { inputs: { x: { shape: [null, 'h', 'w', 2] } } });
    const fitting = [
      [4, 4],
      [8, 20],
      [64, 36],
    ].map((image) => [1, ...image, 2]);
    expect(await compareAt(fn, fitting, bytes)).toBe(2 * fitting.length);
  });
});

test('gradients whose padding follows the size are refused, at the first layer alone', async () => {
  const filter = tf.variable(waves([3, 3, 2, 2]) as Image, true, 'strided/filter');
  const options: ToOnnxOptions = { inputs: { x: { shape: [null, 'h', 'w', 2] } } };
  const loss = (x: tf.Tensor) => {
    const half = tf.conv2d(x as Image, filter as Image, 2, 'same');
    return (
      (tf.variableGrads(() => tf.sum(tf.conv2d(x as Image, filter as Image, 2, 'same'))).grads[
        filter.name
      ] as tf.Tensor) ?? half
    );
  };
  await expect(toOnnx(loss, options)).rejects.toMatchObject({
    code: 'unsupported',
    problems: [expect.stringMatching(/^Conv2DBackpropFilter.*depends on a dynamic size/)],
  });
  filter.dispose();
});
