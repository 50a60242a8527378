import { describe, expect, test } from '@jest/globals';
import { gaussianLatent, interpolateLatents, samplePrior, tensor } from '@latentkit/core';
import { GraphBuilder, readModel, toFloat16, writeModel } from '@latentkit/onnx';
import type { Page } from 'playwright-core';
import { otherGolden } from '../fixtures/other-golden.ts';
import {
  cardFile,
  sha256,
  type TinyModel,
  tinyItems,
  tinyMeans,
  tinyModel,
} from '../fixtures/tiny-model.ts';
import { someOf } from '../setup/tier.ts';
import type { AnyPage } from './browser-kinds.ts';
import { inEveryBrowser, inFirefox } from './every-browser.ts';
import { type LibraryOpener, withLibrary } from './with-library.ts';
import type { PageContext } from './with-page.ts';

const { card, files } = tinyModel();
const items = tinyItems(3);

/** Rounds that the tolerance of the device allows for. */
const DIGITS = { wasm: 5, webgpu: 3 } as const;

const EXECUTIONS = ['inline', 'worker'] as const;

/** Each device, and each place, once. */
const PLACES = [
  { device: 'wasm', execution: 'inline' },
  { device: 'wasm', execution: 'worker' },
  { device: 'webgpu', execution: 'inline' },
  { device: 'webgpu', execution: 'worker' },
] as const;
const TAKEN = someOf(
  'devices and places',
  PLACES,
  ({ device, execution }) => (device === 'wasm') === (execution === 'inline'),
);

async function expectEverything(
  withLibrary: LibraryOpener,
  { device, execution }: (typeof PLACES)[number],
): Promise<void> {
  const result = await withLibrary(async ({ page, complaints }) => {
    const values = await page.evaluate(
      async ({ device, execution, items }) => {
        const x = Float32Array.from(items);
        const vae = await lk.loadAutoencoder('models/tiny', {
          latent: 'gaussian',
          device,
          execution,
          strict: true,
        });
        const latent = await vae.encoder.encode(x);
        const one = (index: number) => x.slice(index * 4, (index + 1) * 4);
        const list = ({ data }: { data: Float32Array }) => [...data];
        const found = {
          report: vae.device,
          kept: x.length,
          kind: latent.kind,
          mean: list(latent.mean),
          logVar: list(latent.logVar),
          draw: list(latent.sample({ seed: 7 })),
          embedded: list(await vae.encoder.embed(x)),
          decoded: list((await vae.decoder.decode(latent.mean)).mean),
          reconstructed: list((await vae.reconstruct(x)).mean),
          sampled: (await vae.sample(5, { seed: 3 })).mean.dims,
          path: list((await vae.interpolate(one(0), one(1), { steps: 4, path: 'slerp' })).mean),
          manyAtOnce: (
            await Promise.all([0, 1, 2, 0, 1, 2].map((index) => vae.encoder.embed(one(index))))
          ).map(list),
        };
        await Promise.all([vae.dispose(), vae.dispose()]);
        const after = await vae.encoder.embed(x).catch((error) => error.code);
        return { ...found, after };
      },
      { device, execution, items: [...items] },
    );
    return { ...values, complaints: [...complaints] };
  });

  const digits = DIGITS[device];
  const close = (received: number[], expected: ArrayLike<number>) => {
    expect(received).toHaveLength(expected.length);
    for (const [i, value] of received.entries()) expect(value).toBeCloseTo(expected[i]!, digits);
  };
  expect(result.report.name).toBe(device);
  expect(result.report.attempts.map(({ ok }) => ok)).toEqual([true]);
  expect(result.kept).toBe(12);
  expect(result.kind).toBe('gaussian');
  close(result.mean, tinyMeans(items));
  expect(result.embedded).toEqual(result.mean);
  const latent = gaussianLatent(
    tensor(Float32Array.from(result.mean), [3, 2]),
    tensor(Float32Array.from(result.logVar), [3, 2]),
  );
  expect(result.draw).toEqual([...latent.sample({ seed: 7 }).data]);
  expect(result.reconstructed).toEqual(result.decoded);
  expect(result.decoded.every((p) => p > 0 && p < 1)).toBe(true);
  expect(result.sampled).toEqual([5, 2, 2, 1]);
  expect(result.path).toHaveLength(4 * 4);
  close(result.path.slice(0, 4), result.decoded.slice(0, 4));
  close(result.path.slice(-4), result.decoded.slice(4, 8));
  const rows = [0, 1, 2, 0, 1, 2].map((index) => tinyMeans(items).slice(index * 2, index * 2 + 2));
  for (const [i, row] of result.manyAtOnce.entries()) close(row, rows[i]!);
  expect(result.after).toBe('disposed');
  expect(result.complaints).toEqual([]);
}

test.each(TAKEN)('everything that an autoencoder does, on $device, $execution', (place) =>
  expectEverything(withLibrary, place),
);
inFirefox((withLibrary) => {
  test.each(PLACES.filter(({ device }) => device === 'wasm'))(
    'everything that an autoencoder does, on $device, $execution',
    (place) => expectEverything(withLibrary, place),
  );
});

inEveryBrowser('all', (withLibrary) => {
  test('seeded latents are those of Node, to the bit', async () => {
    const wanted = [...samplePrior(1000, 20, { seed: 42, temperature: 0.7 }).data];
    const [a, b] = [Float32Array.of(1, 2, -3), Float32Array.of(-0.5, 4, 1)];
    const path = [...interpolateLatents(a, b, { steps: 9, path: 'slerp' }).data];
    const found = await withLibrary(({ page }) =>
      page.evaluate(() => {
        const [a, b] = [Float32Array.of(1, 2, -3), Float32Array.of(-0.5, 4, 1)];
        return {
          prior: [...lk.samplePrior(1000, 20, { seed: 42, temperature: 0.7 }).data],
          other: [...lk.samplePrior(1000, 20, { seed: 43, temperature: 0.7 }).data],
          path: [...lk.interpolateLatents(a, b, { steps: 9, path: 'slerp' }).data],
        };
      }),
    );
    expect(found.prior).toEqual(wanted);
    expect(found.other).not.toEqual(wanted);
    expect(found.path).toEqual(path);
  });

  describe('choosing a device', () => {
    test('auto keeps a small model off the GPU, and fetches neither its runtime nor threads', async () => {
      await withLibrary(async ({ page, requests }) => {
        const report = await page.evaluate(async () => {
          const vae = await lk.loadAutoencoder('models/tiny');
          return vae.device;
        });
        expect(report).toMatchObject({
          name: 'wasm',
          attempts: [
            { device: 'webgpu', ok: false, reason: expect.stringContaining('round trips') },
            { device: 'wasm', ok: true, reason: 'opened with 1 thread' },
          ],
        });
        expect(requests.filter((path) => /webgpu|asyncify|worker/.test(path))).toEqual([]);
        expect(requests.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
      });
    });

    test('a list falls back and says why; strict does not', async () => {
      await withLibrary(async ({ page }) => {
        const found = await page.evaluate(async () => {
          Object.defineProperty(navigator, 'gpu', { value: undefined });
          const vae = await lk.loadAutoencoder('models/tiny', { device: ['webgpu', 'wasm'] });
          const strict = await lk
            .loadAutoencoder('models/tiny', { device: ['webgpu', 'wasm'], strict: true })
            .catch(({ code, message, attempts }) => ({ code, message, attempts }));
          return { report: vae.device, strict };
        });
        expect(found.report).toMatchObject({
          name: 'wasm',
          attempts: [
            { device: 'webgpu', ok: false, reason: 'this browser offers no WebGPU' },
            { device: 'wasm', ok: true },
          ],
        });
        expect(found.strict).toMatchObject({
          code: 'device-unavailable',
          message: expect.stringMatching(/strict: no fallback[\s\S]*1\. Use a browser with WebGPU/),
          attempts: [{ device: 'webgpu', ok: false }],
        });
      });
    });

    test('threads run in a worker of an isolated page, and their absence is told', async () => {
      const load = ({ page }: PageContext<AnyPage>) =>
        page.evaluate(async () => {
          const vae = await lk.loadAutoencoder('models/tiny', {
            execution: 'worker',
            device: 'wasm',
            threads: 2,
          });
          const z = await vae.encoder.embed(new Float32Array(400));
          const inline = await lk
            .loadAutoencoder('models/tiny', { threads: 2 })
            .catch(({ code }) => code);
          return { reason: vae.device.attempts[0]!.reason, dims: z.dims, inline };
        });
      expect(await withLibrary(load)).toEqual({
        reason: 'opened with 2 threads',
        dims: [100, 2],
        inline: 'invalid-argument',
      });
      expect(await withLibrary(load, { isolated: false })).toMatchObject({
        reason: expect.stringMatching(
          /opened with 1 thread: the page is not cross-origin isolated/,
        ),
        dims: [100, 2],
      });
    });
  });

  test.each(someOf('places of a large call', EXECUTIONS, (place) => place === 'inline'))(
    'timers of a page run during a large call: %s',
    async (execution) => {
      const slow = tinyModel({ side: 28, hidden: 2000 });
      const ticks = await withLibrary(
        ({ page }) =>
          page.evaluate(async (execution) => {
            const vae = await lk.loadAutoencoder('models/slow', { device: 'wasm', execution });
            const x = new Float32Array(2000 * 784);
            await vae.encoder.embed(x.subarray(0, 784));
            let ticks = 0;
            const timer = setInterval(() => ticks++, 5);
            await vae.encoder.embed(x);
            clearInterval(timer);
            return ticks;
          }, execution),
        { mounts: { '/models/slow/': slow.files } },
      );
      // One run of all 2,000 items would leave room for none: it is cut into pieces of some 16 ms.
      expect(ticks).toBeGreaterThan(3);
    },
  );
});

describe('choosing a GPU', () => {
  test('auto takes no imitation of a GPU for a large model', async () => {
    const large = tinyModel({ side: 28, hidden: 6000 });
    await withLibrary(
      async ({ page }) => {
        const report = await page.evaluate(async () => {
          const vae = await lk.loadAutoencoder('models/large');
          return vae.device;
        });
        expect(report).toMatchObject({
          name: 'wasm',
          attempts: [
            { device: 'webgpu', ok: false, reason: expect.stringContaining('imitates a GPU') },
            { device: 'wasm', ok: true },
          ],
        });
      },
      { mounts: { '/models/large/': large.files } },
    );
  });

  test('a graph that the GPU cannot wholly run is reported, and refused when strict', async () => {
    await withLibrary(
      async ({ page, complaints }) => {
        const found = await page.evaluate(async () => {
          const decoder = await lk.loadAutoencoder('models/mixed', { device: 'webgpu' });
          const { mean } = await decoder.decoder.decode(Float32Array.of(1, 2));
          const strict = await lk
            .loadAutoencoder('models/mixed', { device: 'webgpu', strict: true })
            .catch(({ code }) => code);
          return { report: decoder.device, mean: [...mean.data], strict };
        });
        expect(found.report.attempts).toEqual([
          {
            device: 'webgpu',
            ok: true,
            reason: expect.stringMatching(/^opened; some nodes run on the processor; not tested/),
          },
        ]);
        expect(found.mean[0]).toBeCloseTo(1 / (1 + Math.exp(1)), 4);
        expect(found.strict).toBe('device-unavailable');
        expect(complaints).toEqual([]);
      },
      { mounts: { '/models/mixed/': withIntegerNodes({ card, files }) } },
    );
  });
});

describe('the loss of the GPU device', () => {
  /** Has the page lose its device when it is told to, as often as it is told. */
  const prepare = (page: Page) =>
    page.evaluate(() => {
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (descriptor) {
        const device = await request.call(this, descriptor);
        globalThis.addEventListener('lose', () => device.destroy(), { once: true });
        return device;
      };
    });

  const moments = ['before a call', 'during a call'];
  test.each(someOf('moments of a loss', moments, (when) => when === 'during a call'))(
    '%s: another is asked for, and the call is made again',
    async (when) => {
      await withLibrary(async ({ page }) => {
        await prepare(page);
        const found = await page.evaluate(async (when) => {
          const vae = await lk.loadAutoencoder('models/tiny', { device: 'webgpu' });
          const sample = async () => [...(await vae.sample(3, { seed: 1 })).mean.data];
          const wanted = await sample();
          if (when === 'before a call') globalThis.dispatchEvent(new Event('lose'));
          const sampling = sample();
          if (when === 'during a call') globalThis.dispatchEvent(new Event('lose'));
          const items = new Float32Array(8).fill(0.5);
          const found = {
            wanted,
            sampled: await sampling,
            rebuilt: (await vae.reconstruct(items)).mean.dims,
          };
          await vae.dispose();
          return found;
        }, when);
        expect(found.sampled).toEqual(found.wanted);
        expect(found.rebuilt).toEqual([2, 2, 2, 1]);
      });
    },
  );

  test('where no other is given, calls reject clearly, and go on when one is there again', async () => {
    await withLibrary(async ({ page }) => {
      await prepare(page);
      const found = await page.evaluate(async () => {
        const vae = await lk.loadAutoencoder('models/tiny', { device: 'webgpu' });
        const tell = ({ code, message }: { code: string; message: string }) => ({ code, message });
        const sample = () => vae.sample(1, { seed: 1 }).then(({ mean }) => mean.dims, tell);
        await sample();
        const { requestAdapter } = GPU.prototype;
        GPU.prototype.requestAdapter = async () => null;
        globalThis.dispatchEvent(new Event('lose'));
        const lost = [await sample(), await sample()];
        GPU.prototype.requestAdapter = requestAdapter;
        const again = await sample();
        await vae.dispose();
        return { lost, again, after: await sample() };
      });
      const lost = {
        code: 'device-unavailable',
        message: expect.stringMatching(
          /GPU device[\s\S]*was lost[\s\S]*no other was given: the browser found no GPU adapter[\s\S]*device: 'wasm'/,
        ),
      };
      expect(found).toEqual({
        lost: [lost, lost],
        again: [1, 2, 2, 1],
        after: { code: 'disposed', message: expect.any(String) },
      });
    });
  });
});

test('from items by way of moved embeddings to items, the GPU is read back once', async () => {
  const found = await withLibrary(({ page }) =>
    page.evaluate(
      async (items) => {
        const x = Float32Array.from(items);
        const offset = Float32Array.of(0.75, -1.5);
        const load = (device: 'wasm' | 'webgpu') => lk.loadAutoencoder('models/tiny', { device });
        let reads = 0;
        const { mapAsync } = GPUBuffer.prototype;
        GPUBuffer.prototype.mapAsync = function (mode, ...range) {
          if (mode & 1) reads += 1;
          return mapAsync.call(this, mode, ...range);
        };
        const [gpu, wasm] = [await load('webgpu'), await load('wasm')];
        const all = async (vae: typeof gpu) => {
          const before = reads;
          const plain = await vae.reconstruct(x);
          const one = reads - before;
          const moved = await vae.reconstruct(x, { offset });
          const list = [plain.mean, plain.logits, moved.mean, moved.logits];
          return {
            reads: [one, reads - before - one],
            values: list.map((tensor) => [...(tensor?.data ?? [])]),
          };
        };
        const found = { gpu: await all(gpu), wasm: await all(wasm) };
        const pixels = await gpu.reconstruct(Uint8Array.of(0, 64, 128, 255));
        const pixelsThere = await wasm.reconstruct(Uint8Array.of(0, 64, 128, 255));
        const bad = await gpu
          .reconstruct(x, { offset: new Float32Array(3) })
          .catch(({ code }) => code);
        const before = reads;
        await gpu.decoder.decode(await gpu.encoder.embed(x));
        return {
          ...found,
          pixels: [[...pixels.mean.data], [...pixelsThere.mean.data]],
          bad,
          apart: reads - before,
        };
      },
      [...items],
    ),
  );
  expect(found.gpu.reads).toEqual([1, 1]);
  expect(found.wasm.reads).toEqual([0, 0]);
  // What it saves: the embeddings, and each output, by itself.
  expect(found.apart).toBeGreaterThan(1);
  for (const [i, values] of found.gpu.values.entries()) {
    expect(values).toHaveLength(12);
    for (const [j, value] of values.entries()) {
      expect(value).toBeCloseTo(found.wasm.values[i]![j]!, DIGITS.webgpu);
    }
  }
  expect(found.gpu.values[2]).not.toEqual(found.gpu.values[0]);
  for (const [i, value] of found.pixels[0]!.entries()) {
    expect(value).toBeCloseTo(found.pixels[1]![i]!, DIGITS.webgpu);
  }
  expect(found.bad).toBe('invalid-input');
});

describe('half precision on a GPU whose shaders have none', () => {
  test('is passed over with the reason; strict, it is refused', async () => {
    const halves = inHalfPrecision({ card, files });
    await withLibrary(
      async ({ page }) => {
        const found = await page.evaluate(async () => {
          const features = new Set([...((await navigator.gpu.requestAdapter())?.features ?? [])]);
          features.delete('shader-f16');
          Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => features });
          const load = (options: object) =>
            lk.loadAutoencoder('models/halves', { dtype: 'fp16', ...options });
          const vae = await load({ device: ['webgpu', 'wasm'] });
          const { mean } = await vae.sample(2, { seed: 1 });
          const strict = await load({ device: 'webgpu', strict: true }).catch(
            ({ code, message }) => [code, message],
          );
          const whole = await lk.loadAutoencoder('models/halves', { device: 'webgpu' });
          return { report: vae.device, dims: mean.dims, strict, whole: whole.device.name };
        });
        expect(found.report).toMatchObject({
          name: 'wasm',
          attempts: [
            { device: 'webgpu', ok: false, reason: expect.stringMatching(/shader-f16/) },
            { device: 'wasm', ok: true },
          ],
        });
        expect(found.dims).toEqual([2, 2, 2, 1]);
        expect(found.strict).toEqual(['device-unavailable', expect.stringMatching(/shader-f16/)]);
        expect(found.whole).toBe('webgpu');
      },
      { mounts: { '/models/halves/': halves } },
    );
  });
});

/** The tiny model, with its graphs in half precision on offer. */
function inHalfPrecision({ card, files }: TinyModel): Record<string, Uint8Array> {
  const made: Record<string, Uint8Array> = {};
  const graphs = Object.entries(card.graphs).map(([name, graph]) => {
    const file = `${name}.fp16.onnx`;
    const bytes = writeModel(toFloat16(readModel(files[`${name}.onnx`]!)).model);
    made[file] = bytes;
    const fp16 = { file, bytes: bytes.length, sha256: sha256(bytes) };
    return [name, { ...graph, files: { ...graph!.files, fp16 } }];
  });
  return { ...files, ...made, ...cardFile({ ...card, graphs: Object.fromEntries(graphs) }) };
}

/** The tiny model with a decoder whose arithmetic is in int64, which WebGPU has not. */
function withIntegerNodes({ card, files }: TinyModel): Record<string, Uint8Array> {
  const g = new GraphBuilder('decoder');
  const z = g.input('z', 'float32', ['batch', 2]);
  const whole = g.node('Neg', [g.node('Cast', [z], { to: { type: 'int', value: 7n } })]);
  const back = g.node('Cast', [whole], { to: { type: 'int', value: 1n } });
  const logits = g.node('Concat', [back, back], { axis: { type: 'int', value: 1n } });
  g.output(g.node('Sigmoid', [logits]), 'float32', ['batch', 4], 'mean');
  g.output(logits, 'float32', ['batch', 4], 'logits');
  const bytes = writeModel(g.build());
  const fp32 = { file: 'decoder.onnx', bytes: bytes.length, sha256: sha256(bytes) };
  const decoder = { ...card.graphs.decoder, files: { fp32 } };
  return {
    ...files,
    ...cardFile({ ...card, graphs: { ...card.graphs, decoder } }),
    'decoder.onnx': bytes,
  };
}

describe('selfTest', () => {
  /** Golden values that WebAssembly may miss and WebGPU may not: as if the GPU computed wrongly. */
  const mounts = { '/models/broken-gpu/': otherGolden(0.5, { wasm: 10 }) };

  test.each(someOf('places of a GPU that errs', EXECUTIONS, (place) => place === 'worker'))(
    'a GPU that computes wrongly is passed over with its error, or refused, %s',
    async (execution) => {
      await withLibrary(
        async ({ page, requests }) => {
          const found = await page.evaluate(async (execution) => {
            const load = (options: object) =>
              lk.loadAutoencoder('models/broken-gpu', { execution, ...options }).then(
                ({ device }) => device,
                ({ code, attempts }) => ({ code, attempts }),
              );
            return {
              listed: await load({ device: ['webgpu', 'wasm'] }),
              named: await load({ device: 'webgpu' }),
              trusted: await load({ device: 'webgpu', selfTest: false }),
              wasm: await load({ device: 'wasm', selfTest: true }),
            };
          }, execution);
          const wrong = {
            device: 'webgpu',
            ok: false,
            reason: expect.stringMatching(/computes wrongly: golden value 'mean'/),
            error: expect.closeTo(0.5, 2),
          };
          expect(found.listed).toMatchObject({ name: 'wasm', attempts: [wrong, { ok: true }] });
          expect(found.named).toMatchObject({ code: 'device-unavailable', attempts: [wrong] });
          expect(found.trusted).toMatchObject({ name: 'webgpu' });
          expect(found.wasm.attempts[0].reason).toMatch(/; computes the golden values to 0\.50/);
          expect(requests.filter((path) => path.includes('golden')).length).toBeGreaterThan(0);
        },
        { mounts },
      );
    },
  );

  test('WebAssembly fetches no golden values by itself', async () => {
    await withLibrary(
      async ({ page, requests }) => {
        await page.evaluate(() => lk.loadEncoder('models/broken-gpu').then((e) => e.dispose()));
        expect(requests.filter((path) => path.includes('golden'))).toEqual([]);
      },
      { mounts },
    );
  });
});
