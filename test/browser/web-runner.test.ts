import { expect, test } from '@jest/globals';
import { tinyItems, tinyMeans, tinyModel } from '../fixtures/tiny-model.ts';
import { withLibrary } from './with-library.ts';

const items = tinyItems(3);
const bytes = [...tinyModel().files['encoder.onnx']!];

test.each(['wasm', 'webgpu'] as const)('createRunner runs any graph, on %s', async (device) => {
  const found = await withLibrary(({ page }) =>
    page.evaluate(
      async ({ device, bytes, items }) => {
        const runner = await lk.createRunner(Uint8Array.from(bytes), {
          device,
          optimization: 'basic',
        });
        const feeds = {
          x: { data: Float32Array.from(items), dims: [3, 4], dtype: 'float32' as const },
        };
        const all = await runner.run(feeds);
        // Outputs can be written into memory that the caller keeps.
        const mean = { data: new Float32Array(6), dims: [3, 2], dtype: 'float32' as const };
        const some = await runner.run(feeds, { outputs: { mean } });
        const small = { ...mean, data: new Float32Array(5) };
        const refused = await runner
          .run(feeds, { outputs: { mean: small } })
          .catch(({ code }) => code);
        const unknown = await runner.run({ y: feeds.x }).then(
          () => 'ran',
          (error) => String(error.message),
        );
        const outputs = runner.outputs.map(({ name, shape }) => [name, ...shape].join());
        await runner.dispose();
        await runner.dispose();
        const after = await runner.run(feeds).catch(({ code }) => code);
        return {
          device: runner.device,
          outputs,
          names: [Object.keys(all), Object.keys(some)],
          written: [...mean.data],
          refused,
          unknown,
          after,
        };
      },
      { device, bytes, items: [...items] },
    ),
  );
  expect(found).toMatchObject({
    device,
    outputs: ['mean,batch,2', 'log_var,batch,2'],
    names: [['mean', 'log_var'], ['mean']],
    refused: 'runtime',
    unknown: expect.stringContaining("'x' is missing"),
    after: 'disposed',
  });
  const means = tinyMeans(items);
  for (const [i, value] of found.written.entries()) expect(value).toBeCloseTo(means[i]!, 4);
});

test('createRunner refuses what it cannot open', async () => {
  const codes = await withLibrary(({ page }) =>
    page.evaluate(async () => {
      const code = (error: { code?: string; message?: string }) =>
        error.code ? `${error.code}: ${error.message}` : String(error);
      return [
        await lk.createRunner(new Uint8Array(3)).then(() => 'opened', code),
        await lk
          .createRunner(new Uint8Array(3), { device: 'cpu' as never })
          .then(() => 'opened', code),
        await lk.createRunner('a.onnx' as never).then(() => 'opened', code),
        await lk.createRunner(new Uint8Array(3), { devise: 1 } as never).then(() => 'opened', code),
      ];
    }),
  );
  expect(codes).toEqual([
    expect.stringMatching(/^invalid-data: a Uint8Array of 3 is no ONNX model, or not all of one/),
    expect.stringMatching(/^invalid-argument: device: /),
    expect.stringMatching(/^invalid-argument: bytes: expected a Uint8Array .*'a\.onnx'/),
    expect.stringMatching(/^invalid-argument: options: expected 'device' or 'cache' .*'devise'/),
  ]);
});
