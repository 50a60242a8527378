import { expect, test } from '@jest/globals';
import { GraphBuilder, OnnxError } from '@latentkit/onnx';
import { ExportError, toOnnx } from '@latentkit/tfjs-to-onnx';
import '@tensorflow/tfjs-backend-cpu';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { ANYTHING, strayErrors } from './call-with-anything.ts';
import { tryDoors, tryMethods } from './try-doors.ts';

const isOurs = (error: unknown) => OnnxError.isInstance(error) || ExportError.isInstance(error);

tryDoors('exporters', isOurs);

const KEYS: Record<string, readonly string[]> = {
  options: ['inputs', 'outputs', 'batch', 'opset', 'name', 'variables', 'noise', 'traceSizes'],
  'more options': ['largeBatch', 'optimize', 'metadata', 'verify', 'backend'],
  inputs: ['x', 'y'],
  'an input': ['shape', 'dtype', 'range'],
  traceSizes: ['batch'],
  metadata: ['key'],
  verify: ['tolerance', 'thoroughness', 'runtime'],
};

test.each(Object.entries(KEYS))('%s of toOnnx are anything', async (of, keys) => {
  const input = { shape: [null, 2] };
  const within = (part: object) =>
    ({
      inputs: { inputs: { x: input, ...part } },
      'an input': { inputs: { x: { ...input, ...part } } },
      traceSizes: { traceSizes: part },
      metadata: { metadata: part },
      verify: { verify: part },
    })[of] ?? part;
  for (const key of keys) {
    const stray = await strayErrors(
      (value) =>
        toOnnx((x: Tensor) => add(x, 1), {
          inputs: { x: input },
          ...within({ [key]: value }),
        } as object),
      isOurs,
      ANYTHING.map((value) => [value]),
    );
    expect([key, ...stray]).toEqual([key]);
  }
});

test('the methods of a GraphBuilder answer, or say what they expected', async () => {
  const { methods, stray } = await tryMethods(() => new GraphBuilder('graph'), isOurs);
  expect(methods).toBeGreaterThan(8);
  expect(stray).toEqual([]);
});
