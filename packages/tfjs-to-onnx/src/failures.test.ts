import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { toOnnx } from './to-onnx.ts';
import { traceFunction } from './trace-function.ts';

const L = layers;
const embedding = (inputDim = 10) => L.embedding({ inputDim, outputDim: 4 });

describe('an embedding tells the range of its indices', () => {
  const INPUTS: Record<string, (x: SymbolicTensor) => SymbolicTensor> = {
    directly: (x) => embedding().apply(x) as SymbolicTensor,
    'behind a reshape': (x) =>
      embedding().apply(L.reshape({ targetShape: [3, 1] }).apply(x)) as SymbolicTensor,
    'the smaller of two': (x) =>
      L.concatenate().apply([
        embedding(10).apply(x) as SymbolicTensor,
        embedding(3).apply(x) as SymbolicTensor,
      ]) as SymbolicTensor,
    'in a model within': (x) =>
      sequential({ layers: [L.embedding({ inputDim: 5, outputDim: 2, inputShape: [3] })] }).apply(
        x,
      ) as SymbolicTensor,
  };
  test.each(
    Object.entries(INPUTS).flatMap(([name, apply]) =>
      (['float32', 'int32'] as const).map((dtype) => [name, dtype, apply] as const),
    ),
  )('%s, %s', async (_, dtype, apply) => {
    const x = L.input({ shape: [3], dtype }) as SymbolicTensor;
    const { report } = await toOnnx(model({ inputs: x, outputs: apply(x) }));
    expect(report.nodes['Gather']).toBeGreaterThan(0);
  });

  test('a description of the input without a range is completed', async () => {
    const x = L.input({ shape: [3] });
    const made = model({ inputs: x, outputs: embedding().apply(x) as SymbolicTensor });
    const { report } = await toOnnx(made, { inputs: { words: { shape: [null, 3] } } });
    expect(report.nodes['Gather']).toBe(1);
  });
});

describe('what tfjs cannot compute on the example is told with what can be done', () => {
  const images = { inputs: { x: { shape: [null, 'h', 'w', 1] } } } as const;
  /** Halves the image five times and adds what it was on the way back: multiples of 32 only. */
  const unet = (x: tf.Tensor) => {
    const down: tf.Tensor[] = [x];
    for (let i = 0; i < 5; i++) down.push(tf.maxPool(down.at(-1) as tf.Tensor4D, 2, 2, 'valid'));
    return down.reverse().reduce((small, large) => {
      const [, h, w] = small.shape as [number, number, number];
      return tf.add(tf.image.resizeNearestNeighbor(small as tf.Tensor4D, [2 * h, 2 * w]), large);
    });
  };

  test('a U-Net at sizes that do not fit', async () => {
    await expect(toOnnx(unet, images)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/\[2, 8, 8, 1\].*\n.*traceSizes: \{ h: \[64, 96\], w:/),
    });
    const { report } = await toOnnx(unet, {
      ...images,
      traceSizes: { h: [32, 64], w: [32, 96] },
    });
    expect(report.verification?.runs).toBeGreaterThanOrEqual(18);
  });

  test.each([
    [
      'indices out of range',
      (x: tf.Tensor) => tf.gather(tf.ones([3, 2]), tf.cast(tf.add(x, 7), 'int32')),
      { inputs: { x: { shape: [null] } } },
      'range: [0, 9]',
    ],
    [
      'a shape for one item',
      (x: tf.Tensor) => tf.reshape(x, [1, 4]),
      { inputs: { x: { shape: [null, 4] } } },
      'batch: 1',
    ],
    [
      'a matrix that does not fit',
      (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, tf.ones([5, 2])),
      { inputs: { x: { shape: [null, 'n'] } } },
      'traceSizes: { n: [64, 96] }',
    ],
  ])('%s', async (_, fn, options, cure) => {
    const error = await toOnnx(fn as never, options as never).catch((e) => e);
    expect(error).toMatchObject({ code: 'invalid-argument', cause: expect.any(Error) });
    expect(error.message).toContain(cure);
  });

  test('nothing is said of what was given', async () => {
    const error = await toOnnx((x) => tf.reshape(x, [1, 5]), {
      inputs: { x: { shape: [1, 4], range: [0, 1] } },
    }).catch((e) => e);
    expect(error.code).toBe('invalid-argument');
    expect(error.message).not.toContain('made up');
  });
});

describe('what has no form in ONNX is told by the kernel, with the way round', () => {
  const bools = { inputs: { x: { shape: [null, 3], dtype: 'bool' } } } as const;
  const floats = { inputs: { x: { shape: [null, 3] } } } as const;
  const images = { inputs: { x: { shape: [null, 8, 8, 3] } } } as const;

  test.each<[string, (x: tf.Tensor) => tf.Tensor, object, string, RegExp]>([
    ['bools added', (x) => tf.add(x, x), bools, 'unsupported', /- Add: .*cast to int32/],
    ['bools taken off', (x) => tf.sub(x, x), bools, 'unsupported', /- Sub: .*cast to int32/],
    ['bools added in a list', (x) => tf.addN([x, x]), bools, 'unsupported', /- AddN: .*int32/],
    ['a bool negated', (x) => tf.neg(x), bools, 'unsupported', /- Neg: .*cast to int32/],
    [
      'an operator of ONNX that takes no such type',
      (x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true),
      bools,
      'unsupported',
      /of Gemm is of type bool.*report it/s,
    ],
    [
      'the largest out of order',
      (x) => tf.topk(x, 2, false).values,
      floats,
      'unsupported',
      /- TopK: without sorting/,
    ],
    [
      'a running sum from behind',
      (x) => tf.cumsum(x, -1),
      floats,
      'invalid-argument',
      /Cumsum of tfjs gives a tensor of shape \[undefined, 2\].*count it from the front/,
    ],
    [
      'a running product from behind',
      (x) => tf.cumprod(x, -1),
      floats,
      'invalid-argument',
      /Cumprod of tfjs gives/,
    ],
    [
      'windows in the padding alone',
      (x) => tf.maxPool(x as tf.Tensor4D, [2, 3], [3, 2], 1, 'ceil'),
      images,
      'unsupported',
      /- MaxPool: tfjs has windows there that lie in the padding alone/,
    ],
    [
      'a squeeze of all that is 1',
      (x) => tf.squeeze(tf.reshape(x, [-1, 1, 3])),
      floats,
      'verification-failed',
      /\[1, 3\] with batch 1.*x\.squeeze\(\[1\]\)/,
    ],
    [
      'a size of nothing',
      (x) => x,
      { inputs: { x: { shape: [null, 0] } } },
      'invalid-argument',
      /'x' has the shape \[null, 0\]/,
    ],
  ])('%s', async (_, fn, options, code, message) => {
    await expect(toOnnx(fn, options)).rejects.toMatchObject({
      name: 'ExportError',
      code,
      message: expect.stringMatching(message),
    });
  });

  test('the largest alone needs no order', async () => {
    const { report } = await toOnnx((x) => tf.topk(x, 1, false).values, floats);
    expect(report.nodes).toEqual({ TopK: 1 });
  });

  test.each(['alone', 'in a list', 'by name'])(
    'a promise %s is refused, and ends nothing',
    async (form) => {
      const later = async (x: tf.Tensor) => {
        await Promise.resolve();
        return tf.add(x, 1);
      };
      const forms = {
        alone: later,
        'in a list': (x: tf.Tensor) => [x, later(x)],
        'by name': (x: tf.Tensor) => ({ y: later(x) }),
      };
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      try {
        for (const run of [toOnnx, traceFunction]) {
          const fn = forms[form as keyof typeof forms] as never;
          await expect(run(fn, floats)).rejects.toThrow('(not a promise)');
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      } finally {
        process.off('unhandledRejection', note);
      }
      expect(unhandled).toEqual([]);
    },
  );
});

describe('loops in JavaScript', () => {
  const loop = (t: tf.Tensor) => tf.stack(tf.unstack(t).map((row) => tf.relu(row)));
  const inputs = { t: { shape: [null, 2] } } as const;
  test('over the batch are refused with the way out, which works', async () => {
    await expect(toOnnx(loop, { inputs })).rejects.toMatchObject({
      code: 'unstable-trace',
      message: expect.stringMatching(/a loop in JavaScript over a dynamic size.*batch: 1/),
    });
    for (const batch of [1, 2, 5]) {
      const { model: exported } = await toOnnx(loop, { inputs, batch });
      expect(exported.graph.inputs[0]?.type).toMatchObject({ shape: [batch, 2] });
    }
  });

  test('over a sequence as well', async () => {
    const x = L.input({ shape: [null, 4] });
    const timed = L.timeDistributed({ layer: L.dense({ units: 3 }) }).apply(x) as SymbolicTensor;
    await expect(toOnnx(model({ inputs: x, outputs: timed }))).rejects.toThrow('timeDistributed');
  });
});

describe('conditions in JavaScript on the size of the batch are refused', () => {
  const inputs = { x: { shape: [null, 4] } } as const;
  const rows = (x: tf.Tensor) => x.shape[0] as number;
  const capped = (x: tf.Tensor) => Math.min(rows(x), 50);

  test.each<[string, (x: tf.Tensor) => tf.Tensor, string]>([
    ['other kernels', (x) => (rows(x) > 10 ? tf.relu(x) : tf.neg(x)), 'unstable-trace'],
    ['more kernels', (x) => (rows(x) > 10 ? x : tf.neg(x)), 'unstable-trace'],
    ['another constant', (x) => tf.mul(x, rows(x) > 10 ? 2 : 3), 'unstable-constant'],
    ['a number up to a limit', (x) => tf.mul(x, capped(x)), 'unstable-constant'],
    ['a slice up to a limit', (x) => tf.slice(x, [0], [capped(x)]), 'unsupported'],
    ['a slice behind a limit', (x) => tf.slice(x, [Math.max(0, rows(x) - 50)]), 'unsupported'],
    ['a limit of slices', (x) => (rows(x) > 10 ? tf.slice(x, [0], [10]) : x), 'unstable-trace'],
  ])('%s', async (_, fn, code) => {
    for (const run of [toOnnx, traceFunction]) {
      await expect(run(fn, { inputs })).rejects.toMatchObject({ code });
    }
  });

  test('at the large batch that is asked for, whatever it takes, and at none', async () => {
    const fn = (x: tf.Tensor) => (rows(x) > 100 ? x : tf.neg(x));
    await expect(toOnnx(fn, { inputs, largeBatch: 101 })).rejects.toMatchObject({
      code: 'unstable-trace',
    });
    expect((await toOnnx(fn, { inputs })).report.nodes).toEqual({ Neg: 1 });
    const sooner = (x: tf.Tensor) => (rows(x) > 10 ? x : tf.neg(x));
    const { report } = await toOnnx(sooner, { inputs, largeBatch: false });
    expect(report.nodes).toEqual({ Neg: 1 });
  });

  test('much work is done at small batches alone, and so is what tfjs has no result of at a large one', async () => {
    const batches: number[] = [];
    const fn = (x: tf.Tensor) => {
      batches.push(rows(x));
      if (rows(x) > 60) throw new Error('too many');
      return tf.neg(x);
    };
    await traceFunction(fn, { inputs });
    expect(batches).toEqual([2, 3, 67]);
    batches.length = 0;
    const heavy = (x: tf.Tensor) => tf.matMul(fn(x) as tf.Tensor2D, tf.zeros([2000, 1000]));
    await traceFunction(heavy, { inputs: { x: { shape: [null, 2000] } } });
    expect(batches).toEqual([2, 3]);
  });
});

describe('control flow of a graph model', () => {
  const FLOAT = { type: 'DT_FLOAT' };
  const converted = () =>
    loadGraphModel(
      tf.io.fromMemory({
        modelTopology: {
          versions: { producer: 808 },
          node: [
            {
              name: 'x',
              op: 'Placeholder',
              attr: { dtype: FLOAT, shape: { shape: { dim: [{ size: '-1' }] } } },
            },
            { name: 'relu', op: 'Relu', input: ['x'], attr: { T: FLOAT } },
            { name: 'first', op: 'Where', input: ['relu'], attr: { T: FLOAT } },
            { name: 'second', op: 'Where', input: ['x'], attr: { T: FLOAT } },
          ],
        },
        weightSpecs: [],
        weightData: new ArrayBuffer(0),
      }),
    );

  test('names every operator, and the way round', async () => {
    await expect(toOnnx(await converted())).rejects.toMatchObject({
      code: 'unsupported',
      problems: ["Where 'first'", "Where 'second'"],
      message: expect.stringContaining('model.execute({ [nodeBefore]: x }'),
    });
  });

  test('inside of a function it is refused in the same way; the part before is exported', async () => {
    const made = await converted();
    const inputs = { x: { shape: [null] } } as const;
    await expect(
      toOnnx((x) => made.execute({ x }, ['first']) as tf.Tensor, { inputs }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('nodeBefore'),
    });
    const { report } = await toOnnx((x) => made.execute({ x }, ['relu']) as tf.Tensor, { inputs });
    expect(report.nodes).toEqual({ Relu: 1 });
  });
});
