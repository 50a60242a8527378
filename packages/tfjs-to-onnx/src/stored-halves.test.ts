import '@tensorflow/tfjs';
import { describe, expect, test } from '@jest/globals';
import { toFloat16, writeModel } from '@latentkit/onnx';
import { io, matMul, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { toOnnx } from './to-onnx.ts';

const SHAPE: [number, number] = [40, 50];

/** The weights as tfjs gives them back from a file in half precision: from any bits but those of NaN and infinity. */
function fromHalves(): Float32Array {
  const bits = Uint16Array.from({ length: 2000 }, (_, i) => (i * 2749) & 0xfbff);
  const spec = { name: 'w', shape: SHAPE, dtype: 'float32' as const };
  const quantization = { dtype: 'float16' as const, original_dtype: 'float32' as const };
  const { w } = io.decodeWeights(bits.buffer, [{ ...spec, quantization }]);
  return w?.dataSync() as Float32Array;
}

async function exported(weights: Float32Array) {
  const w = tensor2d(weights, SHAPE);
  try {
    return await toOnnx((x: Tensor2D) => matMul(x, w), {
      inputs: { x: { shape: [null, 40] } },
      verify: false,
    });
  } finally {
    w.dispose();
  }
}

describe('weights that were stored in half precision', () => {
  test('the report says how to store them so again, and the bytes that it names are saved', async () => {
    const { model, bytes, report } = await exported(fromHalves());
    const saved = Number(/makes the file (\d+) bytes smaller/.exec(report.warnings.join())?.[1]);
    expect(saved).toBe(4000);
    const { model: half, report: stored } = toFloat16(model, { compute: 'float32' });
    expect(bytes.length - writeModel(half).length).toBeGreaterThan(saved - 150);
    expect(stored.initializers.map(({ maxAbsError }) => maxAbsError)).toEqual([0]);
  });

  test.each([
    ['one that needs a bit more', (w: Float32Array) => w.fill(1 + 2 ** -11, 7, 8)],
    ['one beyond 65504', (w: Float32Array) => w.fill(65536, 7, 8)],
    ['one below the smallest', (w: Float32Array) => w.fill(2 ** -25, 7, 8)],
  ])('%s, and nothing is said', async (_, alter) => {
    const { report } = await exported(alter(fromHalves()));
    expect(report.warnings).toEqual([]);
  });

  test('small constants alone are not spoken of', async () => {
    const { report } = await toOnnx((x: Tensor2D) => x.mul(2), {
      inputs: { x: { shape: [null, 4] } },
      verify: false,
    });
    expect(report.warnings).toEqual([]);
  });
});
