import { describe, expect, test } from '@jest/globals';
import { LatentkitError, type NamedTensors, tensor } from '@latentkit/core';
import { oldOperators } from '../../../../test/fixtures/old-operators.ts';
import { tinyItems, tinyMeans, tinyModel } from '../../../../test/fixtures/tiny-model.ts';
import { createRunner } from './ort-runner.ts';

const { files } = tinyModel();
const encoder = files['encoder.onnx'] as Uint8Array;
const x = tensor(tinyItems(3), [3, 4]);

describe('createRunner', () => {
  test('describes the graph and runs it', async () => {
    const runner = await createRunner(encoder);
    expect(runner.device).toBe('cpu');
    expect(runner.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 4] }]);
    expect(runner.outputs.map(({ name }) => name)).toEqual(['mean', 'log_var']);
    const { mean } = await runner.run({ x });
    expect(mean?.dims).toEqual([3, 2]);
    tinyMeans(x.data).forEach((value, i) => {
      expect(mean?.data[i]).toBeCloseTo(value, 5);
    });
    await runner.dispose();
  });

  test.each([
    { spinning: false },
    { spinning: 'in-runs' },
    { memoryPattern: false },
    { spinning: 'in-runs', memoryPattern: false, threads: 1 },
  ] as const)('runs to the same numbers with %o, again and with other sizes', async (options) => {
    const runner = await createRunner(encoder, options);
    const expected = await createRunner(encoder);
    for (const rows of [3, 3, 40, 3]) {
      const feeds = { x: tensor(tinyItems(rows), [rows, 4]) };
      expect(await runner.run(feeds)).toEqual(await expected.run(feeds));
    }
    await runner.dispose();
    await expected.dispose();
  });

  test('writes outputs in place into the tensors that are given', async () => {
    const runner = await createRunner(encoder, { threads: 1, optimization: 'disabled' });
    const given = tensor(new Float32Array(6), [3, 2]);
    const results: NamedTensors = await runner.run({ x }, { outputs: { mean: given } });
    expect(Object.keys(results)).toEqual(['mean']);
    expect(results['mean']?.data).toBe(given.data);
    expect(given.data[5]).toBeCloseTo(tinyMeans(x.data)[5] as number, 5);
    await runner.dispose();
  });

  test('outputs that are given are written and not copied', async () => {
    const runner = await createRunner(encoder);
    const rows = 200_000;
    const feeds = { x: tensor(new Float32Array(4 * rows).fill(0.5), [rows, 4]) };
    const given = () => tensor(new Float32Array(2 * rows), [rows, 2]);
    const outputs = { mean: given(), log_var: given() };
    /** The most that typed arrays grow by in one of a few runs: some are collected meanwhile. */
    const growthOf = async (run: () => Promise<NamedTensors>) => {
      let most = 0;
      for (let i = 0; i < 5; i++) {
        const before = process.memoryUsage().arrayBuffers;
        await run();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      return most;
    };
    const bytes = 2 * outputs.mean.data.byteLength;
    expect(await growthOf(() => runner.run(feeds))).toBeGreaterThanOrEqual(bytes);
    expect(await growthOf(() => runner.run(feeds, { outputs }))).toBeLessThan(bytes / 10);
    expect(outputs).toEqual(await runner.run(feeds));
    const { mean } = outputs;
    mean.data.fill(0);
    const wrong = { mean, log_var: tensor(new Float32Array(2), [1, 2]) };
    await expect(runner.run(feeds, { outputs: wrong })).rejects.toMatchObject({ code: 'runtime' });
    await runner.dispose();
  });

  test('so they are of operator sets that know no sequences', async () => {
    const rows = 20_000;
    const runner = await createRunner(oldOperators(rows));
    const y = tensor(new Float32Array(rows), [rows]);
    await runner.run({ x: tensor(new Float32Array(rows).fill(1), [rows]) }, { outputs: { y } });
    expect(y.data).toEqual(new Float32Array(rows).fill(-1));
    await runner.dispose();
  });

  test('takes and fills memory that threads share', async () => {
    const runner = await createRunner(encoder);
    const shared = (values: ArrayLike<number>) => {
      const floats = new Float32Array(new SharedArrayBuffer(4 * values.length));
      floats.set(values);
      return floats;
    };
    const plain = await runner.run({ x });
    const feeds = { x: tensor(shared(x.data), [3, 4]) };
    expect(await runner.run(feeds)).toEqual(plain);
    const mean = tensor(shared(new Float32Array(6)), [3, 2]);
    expect((await runner.run(feeds, { outputs: { mean } }))['mean']).toBe(mean);
    expect(mean.data).toEqual(plain['mean']?.data);
    const wrong = { mean: tensor(shared(new Float32Array(5)), [5]) };
    await expect(runner.run(feeds, { outputs: wrong })).rejects.toMatchObject({ code: 'runtime' });
    await runner.dispose();
  });

  test('leaves out the outputs that are not wanted, and refuses names that are not there', async () => {
    const runner = await createRunner(encoder);
    const all = await runner.run({ x });
    expect(await runner.run({ x }, { wanted: ['log_var'] })).toEqual({ log_var: all['log_var'] });
    const refused = runner.run({ x }, { wanted: ['nothing'] });
    await expect(refused).rejects.toMatchObject({ code: 'runtime' });
    await runner.dispose();
  });

  test('a failing run is a typed error, and the next run works', async () => {
    const runner = await createRunner(encoder);
    for (const feeds of [{}, { x: tensor(new Float32Array(5), [1, 5]) }]) {
      await expect(runner.run(feeds)).rejects.toMatchObject({ code: 'runtime' });
    }
    expect((await runner.run({ x }))['mean']?.dims).toEqual([3, 2]);
    await runner.dispose();
  });

  test('dispose is idempotent; a run afterwards, or with a fired signal, is a typed error', async () => {
    const runner = await createRunner(encoder);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(runner.run({ x }, { signal })).rejects.toMatchObject({ code: 'aborted' });
    await runner.dispose();
    await runner.dispose();
    await expect(runner.run({ x })).rejects.toMatchObject({ code: 'disposed' });
  });

  test.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array()],
    ['bytes that are no model', Uint8Array.of(1, 2, 3, 4)],
    ['half a model', encoder.subarray(0, encoder.length / 2)],
  ])('%s: a typed error', async (_, bytes) => {
    const error = await createRunner(bytes).catch((reason: unknown) => reason);
    expect(LatentkitError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'invalid-data',
      message: `a Uint8Array of ${bytes.length} is no ONNX model, or not all of one. Give the bytes of an .onnx file.`,
    });
  });

  test.each<[string, unknown, object, string]>([
    ['nothing', undefined, {}, 'bytes: expected a Uint8Array of an .onnx file .*undefined'],
    ['a path', 'a.onnx', {}, "bytes: expected a Uint8Array of an .onnx file .*'a.onnx'"],
    ['a misspelt option', encoder, { thread: 1 }, "options: expected 'threads' .*'thread'"],
  ])('%s: refused', async (_, bytes, options, message) => {
    await expect(createRunner(bytes as Uint8Array, options)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(`^${message}`),
    });
  });
});
