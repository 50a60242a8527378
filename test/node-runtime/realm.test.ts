import { types } from 'node:util';
import { runInNewContext, runInThisContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { DType, Tensor } from '@latentkit/core';
import { createRunner } from '@latentkit/node';
import { GraphBuilder, writeModel } from '@latentkit/onnx';

/** Jest runs this file in a realm whose typed arrays are not those that native code makes. */
const DATA = {
  float32: Float32Array.of(1.5, -2, 3),
  float64: Float64Array.of(1.5, -2, 3),
  int8: Int8Array.of(-128, 0, 127),
  uint8: Uint8Array.of(0, 1, 255),
  int16: Int16Array.of(-32768, 0, 32767),
  uint16: Uint16Array.of(0, 1, 65535),
  int32: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
  uint32: Uint32Array.of(0, 1, 2 ** 32 - 1),
  int64: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
  uint64: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n),
  bool: Uint8Array.of(0, 1, 1),
  float16: Uint16Array.of(0x3e00, 0xc000, 0x4200),
} as const;

test('this realm is not the one of native code', () => {
  const native = runInThisContext('Float32Array');
  expect(native).not.toBe(Float32Array);
  expect(types.isFloat32Array(new native(1))).toBe(true);
});

describe.each(Object.entries(DATA))('%s', (dtype, data) => {
  const tensor = (values: unknown): Tensor =>
    ({ data: values, dims: [data.length], dtype: dtype as DType }) as Tensor;
  const open = () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', dtype as 'float32', ['n']);
    g.output(g.node('Identity', [x]), dtype as 'float32', ['n'], 'y');
    return createRunner(writeModel(g.build()));
  };

  test('goes to ONNX Runtime and comes back as an array of this realm', async () => {
    const runner = await open();
    const { y } = await runner.run({ x: tensor(data) });
    expect(y?.data).toBeInstanceOf(data.constructor);
    expect(y).toStrictEqual({ data, dims: [3], dtype });
    await runner.dispose();
  });

  test('is written into memory of this realm', async () => {
    const runner = await open();
    const y = tensor(data.slice().reverse());
    expect((await runner.run({ x: tensor(data) }, { outputs: { y } }))['y']).toBe(y);
    expect(y.data).toStrictEqual(data);
    await runner.dispose();
  });

  test('of a third realm, at an offset in its memory, is taken as well', async () => {
    const runner = await open();
    const name = data.constructor.name;
    const foreign = runInNewContext(`new ${name}([values[0], ...values]).subarray(1)`, {
      values: [...data],
    });
    const { y } = await runner.run({ x: tensor(foreign) });
    expect(y?.data).toStrictEqual(data);
    await runner.dispose();
  });
});
