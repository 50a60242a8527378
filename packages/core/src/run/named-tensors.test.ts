import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeEncoder } from '../testing.ts';
import { BufferStore } from './buffer-store.ts';
import {
  buffersOf,
  copyTensors,
  disposeAll,
  fillOutputs,
  tensorInfoOf,
  tensorOf,
  tensorsOfThisRealm,
} from './named-tensors.ts';

const floats = (...values: number[]) => Float32Array.from(values);

describe('tensorInfoOf', () => {
  test('keeps name, type and shape of a tensor', () => {
    const metadata = { name: 'x', isTensor: true, type: 'int32', shape: ['batch', 4] } as const;
    expect(tensorInfoOf(metadata)).toEqual({ name: 'x', dtype: 'int32', shape: ['batch', 4] });
  });

  test('refuses what is no tensor', () => {
    expect(() => tensorInfoOf({ name: 'pairs', isTensor: false })).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message: "'pairs' is a sequence or a map; latentkit runs graphs of tensors only.",
      }),
    );
  });
});

test('tensors of another realm become tensors of this one', () => {
  const foreign = runInNewContext(
    "({ y: { data: new Int32Array([1, 2]), dims: [1, 2], dtype: 'int32' } })",
  );
  const { y } = tensorsOfThisRealm(foreign);
  expect(y?.data).toBeInstanceOf(Int32Array);
  expect(y?.dims).toBeInstanceOf(Array);
  expect(y).toEqual({ data: Int32Array.of(1, 2), dims: [1, 2], dtype: 'int32' });
});

test('buffersOf names memory that tensors share once', () => {
  const shared = new Float32Array(4);
  const own = new Float32Array(1);
  const tensors = { a: tensor(shared.subarray(0, 2)), b: tensor(own), c: tensor(shared) };
  expect(buffersOf(tensors)).toEqual([shared.buffer, own.buffer]);
  expect(buffersOf(tensors)[0]).toBe(shared.buffer);
});

describe('copyTensors', () => {
  test('makes compact copies of parts of larger memory, of each type', () => {
    const given = {
      x: tensor(floats(9, 1, 2, 9).subarray(1, 3), [1, 2]),
      y: { data: Int32Array.of(9, 3, 9).subarray(1, 2), dims: [1, 1], dtype: 'int32' } as const,
    };
    const copies = copyTensors(given, new BufferStore(100));
    expect(copies).toEqual({
      x: tensor(floats(1, 2), [1, 2]),
      y: { data: Int32Array.of(3), dims: [1, 1], dtype: 'int32' },
    });
    expect(copies['x']?.data.buffer.byteLength).toBe(8);
    (given.x.data as Float32Array).fill(7);
    expect(copies['x']?.data).toEqual(floats(1, 2));
  });

  test('takes memory from the store, the rest of which is left as it was', () => {
    const store = new BufferStore(100);
    const kept = floats(5, 6, 7).buffer as ArrayBuffer;
    store.keep(kept);
    const { x } = copyTensors({ x: tensor(floats(1, 2)) }, store);
    expect(x?.data.buffer).toBe(kept);
    expect(x?.data).toEqual(floats(1, 2));
    expect(new Float32Array(kept)).toEqual(floats(1, 2, 7));
  });
});

describe('fillOutputs', () => {
  test('copies into the memory that was given, and nothing else', () => {
    const given = { y: tensor(new Float32Array(2), [2, 1]) };
    const filled = fillOutputs(given, { y: tensor(floats(1, 2), [2, 1]), z: tensor(floats(3)) });
    expect(filled).toBe(given);
    expect(filled).toEqual({ y: tensor(floats(1, 2), [2, 1]) });
  });

  test('leaves what is there already', () => {
    const data = floats(1, 2);
    data.set = () => {
      throw new Error('was copied onto itself');
    };
    expect(fillOutputs({ y: tensor(data) }, { y: tensor(data) })).toEqual({ y: tensor(data) });
  });

  const int32 = (...values: number[]): Tensor => ({
    data: Int32Array.from(values),
    dims: [values.length],
    dtype: 'int32',
  });

  test.each<[string, Record<string, Tensor>, string]>([
    ['no such output', { z: tensor(floats(1, 2)) }, 'no such output'],
    ['another type', { y: int32(1, 2) }, 'int32 of 2 values (dims [2])'],
    ['fewer values', { y: tensor(floats(1)) }, 'float32 of 1 values (dims [1])'],
    ['more values', { y: tensor(floats(1, 2, 3, 4), [2, 2]) }, 'float32 of 4 values (dims [2, 2])'],
  ])('refuses %s', (_, outputs, found) => {
    expect(() => fillOutputs({ y: tensor(new Float32Array(2)) }, outputs)).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message:
          "The output 'y' does not fit the tensor given for it: " +
          `expected ${found}, received float32 of 2.`,
      }),
    );
  });
});

test('disposeAll frees every runner, and waits for each', async () => {
  const freed: string[] = [];
  const runner = (name: string, turns: number) =>
    fakeEncoder({
      async dispose() {
        for (let turn = 0; turn < turns; turn++) await undefined;
        freed.push(name);
      },
    });
  await disposeAll({ a: runner('a', 5), b: runner('b', 1) });
  expect(freed).toEqual(['b', 'a']);
});

describe('tensorOf', () => {
  test('float16 is raw bits, whatever array the engine has for it', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff);
    const other = { type: 'float16', data: new Int16Array(bits.buffer, 2, 2), dims: [2] };
    const { data, dtype, dims } = tensorOf(other);
    expect(data).toBeInstanceOf(Uint16Array);
    expect(data.buffer).toBe(bits.buffer);
    expect([...(data as Uint16Array)]).toEqual([0xc000, 0x7bff]);
    expect({ dtype, dims }).toEqual({ dtype: 'float16', dims: [2] });
  });

  test('other types keep their array', () => {
    const data = floats(1, 2);
    expect(tensorOf({ type: 'float32', data, dims: [1, 2] }).data).toBe(data);
  });

  test.each(['string', 'int4', 'uint4'])('%s, which no tensor of ours has, is refused', (type) => {
    expect(() => tensorOf({ type, data: [], dims: [0] })).toThrow(
      expect.objectContaining({ code: 'runtime', message: expect.stringContaining(type) }),
    );
  });
});
