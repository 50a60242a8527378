import * as tf from '@tensorflow/tfjs-core';

/** What a kernel is called with; its attributes are those of tfjs's own kernel of the name. */
interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: unknown;
}

/** Shapes of the results of kernels that take long, by name. */
const SHAPES: Readonly<Record<string, (call: KernelCall) => readonly number[]>> = {
  BatchMatMul: product,
  _FusedMatMul: product,
  Conv2D: convolved,
  FusedConv2D: convolved,
  Conv2DBackpropInput: ({ attrs }) => (attrs as tf.Conv2DBackpropInputAttrs).inputShape,
  Conv2DBackpropFilter: ({ attrs }) => (attrs as tf.Conv2DBackpropFilterAttrs).filterShape,
  Sum: reduced,
  Transpose: ({ inputs, attrs }) => {
    const { shape } = inputs['x'] as tf.TensorInfo;
    return (attrs as tf.TransposeAttrs).perm.map((axis) => shape[axis] as number);
  },
  // Arithmetic that is broadcast, such as a bias on every pixel, takes tfjs as long as the convolution.
  ...Object.fromEntries(
    [
      ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'],
      ...['ClipByValue', 'Exp', 'LeakyRelu', 'Log', 'Log1p', 'Neg', 'Relu', 'Sigmoid'],
      ...['Softplus', 'Sqrt', 'Square', 'Tanh'],
    ].map((name) => [name, elementwise]),
  ),
};

/**
 * Runs a function while the kernels of tfjs's current backend that take long give zeros of the right shape,
 * where what they are given are floats: the kernels that a trace of it sees are the same, in a fraction of the
 * time. In plain JavaScript the step of a network for pictures of 64 × 64 takes minutes, and none of its
 * numbers are looked at.
 */
export function withoutValues<T>(run: () => T): T {
  const backendName = tf.getBackend();
  const kept = Object.entries(SHAPES).flatMap(([kernelName, shapeOf]) => {
    const kernel = tf.getKernel(kernelName, backendName);
    return kernel ? [{ kernel, shapeOf }] : [];
  });
  for (const { kernel, shapeOf } of kept) {
    tf.unregisterKernel(kernel.kernelName, backendName);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        const { inputs, attrs, backend } = call;
        // Zeros for integers would be indices or masks that nobody computed.
        const given = Object.values<tf.TensorInfo | undefined>(inputs);
        if (given.some((tensor) => tensor !== undefined && tensor.dtype !== 'float32')) {
          return kernel.kernelFunc(call);
        }
        const shape = [...shapeOf({ inputs: inputs as KernelCall['inputs'], attrs })];
        const values = new Float32Array(tf.util.sizeFromShape(shape));
        const dataId = (backend as tf.KernelBackend).write(values, shape, 'float32');
        return { dataId, shape, dtype: 'float32' };
      },
    });
  }
  try {
    return run();
  } finally {
    for (const { kernel } of kept) {
      tf.unregisterKernel(kernel.kernelName, backendName);
      tf.registerKernel(kernel);
    }
  }
}

/** [batch…, rows, columns] of a product, either factor of which may be transposed. */
function product({ inputs, attrs }: KernelCall): readonly number[] {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA, transposeB } = attrs as tf.BatchMatMulAttrs;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
  return [
    ...batch,
    a.shape.at(transposeA ? -1 : -2) as number,
    b.shape.at(transposeB ? -2 : -1) as number,
  ];
}

function elementwise({ inputs }: KernelCall): readonly number[] {
  return Object.values(inputs)
    .map(({ shape }) => shape)
    .reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, b));
}

function reduced({ inputs, attrs }: KernelCall): readonly number[] {
  const { shape } = inputs['x'] as tf.TensorInfo;
  const { axis, keepDims } = attrs as tf.SumAttrs & { readonly keepDims?: boolean };
  const axes = tf.util.parseAxisParam(axis, shape);
  const [kept] = tf.backend_util.computeOutAndReduceShapes(shape, axes);
  return keepDims ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept;
}

function convolved({ inputs, attrs }: KernelCall): readonly number[] {
  const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const { strides, dilations, pad, dimRoundingMode } = attrs as tf.Conv2DAttrs;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  return info.outShape;
}
