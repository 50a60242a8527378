import { expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeEncoder } from '../testing.ts';
import { pixelRunner } from './pixels.ts';
import type { NamedTensors } from './runner.ts';

const scale = { scale: 1 / 255, offset: 0 };

test('feeds of pixels reach the graph as floats, in memory that is used again; others as they are', async () => {
  const seen: NamedTensors[] = [];
  const run = pixelRunner(
    fakeEncoder({
      async run(feeds, options) {
        expect(options).not.toHaveProperty('pixels');
        seen.push(feeds);
        return {};
      },
    }),
  );
  const x = { data: Uint8Array.of(0, 51, 255), dims: [1, 3], dtype: 'uint8' } as const;
  const y = { data: Float32Array.of(7), dims: [1, 1], dtype: 'float32' } as const;
  for (let i = 0; i < 2; i++) await run({ x, y }, { pixels: scale });
  await run({ y });
  expect(seen[0]?.['x']).toEqual({
    data: Float32Array.of(0, 0.2, 1),
    dims: [1, 3],
    dtype: 'float32',
  });
  expect(seen[0]?.['y']).toEqual(y);
  expect(seen[1]?.['x']?.data.buffer).toBe(seen[0]?.['x']?.data.buffer);
  expect(seen[2]).toEqual({ y });
});

test('memory that is too small is not used again; that of several feeds is one', async () => {
  const seen: NamedTensors[] = [];
  const y = tensor(new Float32Array(1));
  const run = pixelRunner(
    fakeEncoder({
      async run(feeds, options) {
        seen.push(feeds);
        expect(options).toEqual({ wanted: ['y'], outputs: undefined });
        return { y };
      },
    }),
  );
  const bytes = (...values: number[]) =>
    ({ data: Uint8Array.from(values), dims: [1, values.length], dtype: 'uint8' }) as const;
  const options = { pixels: { scale: 2, offset: 1 }, wanted: ['y'] };
  expect((await run({ a: bytes(1) }, options))['y']).toBe(y);
  await run({ a: bytes(1, 2), b: bytes(3, 4, 5) }, options);
  const { a, b } = seen[1] ?? {};
  expect(a?.data).toEqual(Float32Array.of(3, 5));
  expect(b?.data).toEqual(Float32Array.of(7, 9, 11));
  expect(b?.data.buffer).toBe(a?.data.buffer);
});

test.each([
  ['into new outputs', false],
  ['into those that are given', true],
])('many pixels are run a little at a time, %s', async (_, given) => {
  const runs: number[] = [];
  const run = pixelRunner(
    fakeEncoder({
      async run(feeds, { outputs } = {}) {
        const { data, dims } = feeds['x'] as { data: Float32Array; dims: readonly number[] };
        const [rows = 0, width = 0] = dims;
        runs.push(rows);
        const y = (outputs?.['y'] ?? tensor(new Float32Array(rows), [rows])) as ReturnType<
          typeof tensor
        >;
        for (let row = 0; row < rows; row++) y.data[row] = data[row * width] as number;
        return { y };
      },
    }),
  );
  const width = 2 ** 19;
  const x = { data: new Uint8Array(5 * width), dims: [5, width], dtype: 'uint8' } as const;
  for (let row = 0; row < 5; row++) x.data[row * width] = row * 51;
  // Floats beside them are not counted.
  const beside = tensor(new Float32Array(5 * width), [5, width]);
  const y = tensor(new Float32Array(5), [5]);
  const options = given ? { pixels: scale, outputs: { y } } : { pixels: scale };
  const outputs = await run({ x, beside }, options);
  expect(outputs['y']).toEqual(tensor(Float32Array.of(0, 0.2, 0.4, 0.6, 0.8), [5]));
  if (given) expect(outputs['y']?.data).toBe(y.data);
  expect(runs).toEqual([2, 2, 1]);
});

test('outputs that a runner did not write into are filled', async () => {
  const run = pixelRunner(
    fakeEncoder({ run: async () => ({ y: tensor(Float32Array.of(1, 2), [2, 1]) }) }),
  );
  const width = 2 ** 19;
  const x = { data: new Uint8Array(4 * width), dims: [4, width], dtype: 'uint8' } as const;
  const y = tensor(new Float32Array(4), [4, 1]);
  await run({ x }, { pixels: scale, outputs: { y } });
  expect(y.data).toEqual(Float32Array.of(1, 2, 1, 2));
});
