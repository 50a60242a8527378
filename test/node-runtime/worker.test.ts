import { afterEach, describe, expect, test } from '@jest/globals';
import { type Autoencoder, loadAutoencoder, loadEncoder } from '@latentkit/node';
import { tinyItems, tinyMeans, tinyModel } from '../fixtures/tiny-model.ts';

const { files } = tinyModel();
const open: Autoencoder[] = [];
const load = async (options: object = {}) => {
  const vae = await loadAutoencoder(files, { execution: 'worker', ...options });
  open.push(vae);
  return vae;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((vae) => vae.dispose()));
});

const closeTo = (values: Float32Array, expected: Float32Array) => {
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5);
  });
};

describe("execution: 'worker'", () => {
  test.each([1, 3])(
    'gives the right rows with %d workers, and leaves the caller its arrays',
    async (workers) => {
      const vae = await load({ workers });
      const batches = [1, 2, 5, 64, 200].map((count) => tinyItems(count));
      const results = await Promise.all(batches.map((items) => vae.encoder.embed(items)));
      results.forEach(({ data, dims }, i) => {
        const items = batches[i] as Float32Array;
        expect(items.length).toBeGreaterThan(0);
        expect(dims).toEqual([items.length / 4, 2]);
        closeTo(data, tinyMeans(items));
      });
      const { mean, logits } = await vae.decoder.decode(
        (results[2] as { data: Float32Array }).data,
      );
      expect(mean.dims).toEqual([5, 2, 2, 1]);
      expect(logits?.data).toHaveLength(20);
    },
  );

  test('gives the same as inline, to the bit', async () => {
    const [vae, inline] = [await load(), await load({ execution: 'inline' })];
    const items = tinyItems(33);
    expect(await vae.reconstruct(items)).toEqual(await inline.reconstruct(items));
  });

  test('memory that threads share is read, by worker and inline, and stays the caller’s', async () => {
    const [vae, inline] = [await load(), await load({ execution: 'inline' })];
    const items = tinyItems(33);
    const shared = new Float32Array(new SharedArrayBuffer(items.byteLength));
    shared.set(items);
    for (const { encoder, decoder } of [vae, inline]) {
      const { data } = await encoder.embed(shared);
      expect(data).toEqual((await encoder.embed(items)).data);
      const latents = new Float32Array(new SharedArrayBuffer(data.byteLength));
      latents.set(data);
      expect(await decoder.decode(latents)).toEqual(await decoder.decode(data));
    }
    expect([...shared]).toEqual([...items]);
  });

  test('streams in order', async () => {
    const vae = await load({ workers: 2 });
    const items = tinyItems(1000);
    const chunks = [items.subarray(0, 4), items.subarray(4, 2000), items.subarray(2000)];
    const all: number[] = [];
    for await (const rows of vae.encoder.stream(chunks, { batchSize: 64 })) all.push(...rows.data);
    closeTo(Float32Array.from(all), tinyMeans(items));
  });

  test('the event loop runs on while a batch is computed', async () => {
    const large = tinyModel({ side: 28, hidden: 2000, latentSize: 32 });
    const encoder = await loadEncoder(large.files, { execution: 'worker' });
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const start = performance.now();
    await encoder.embed(tinyItems(2000, 28));
    clearInterval(timer);
    const elapsed = performance.now() - start;
    expect(elapsed).toBeGreaterThan(20);
    expect(ticks).toBeGreaterThan(elapsed / 40);
    await encoder.dispose();
  });

  test('a refused model is a typed error, and no thread is left', async () => {
    const broken = { ...files, 'encoder.onnx': files['decoder.onnx'] as Uint8Array };
    await expect(loadAutoencoder(broken, { execution: 'worker' })).rejects.toMatchObject({
      code: 'integrity',
    });
    await expect(load({ device: 'cuda' })).rejects.toMatchObject({ code: 'device-unavailable' });
  });

  test('an abort while loading ends the threads', async () => {
    const controller = new AbortController();
    const loading = load({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
    const later = new AbortController();
    setTimeout(() => later.abort(), 5);
    await expect(load({ signal: later.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('dispose lets calls finish; afterwards calls are refused', async () => {
    const vae = await load();
    const call = vae.encoder.embed(tinyItems(10));
    await vae.dispose();
    await vae.dispose();
    expect((await call).dims).toEqual([10, 2]);
    await expect(vae.encoder.embed(tinyItems(1))).rejects.toMatchObject({ code: 'disposed' });
  });

  test.each([
    ['execution', { execution: 'thread' }],
    ['workers', { workers: 0 }],
    ['workers', { workers: 2, execution: 'inline' }],
    ['threads', { threads: 1.5 }],
  ])('a wrong %s option is a typed error', async (_, options) => {
    await expect(load(options)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
