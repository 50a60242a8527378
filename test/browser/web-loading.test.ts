import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { cardFile, sha256, tinyModel } from '../fixtures/tiny-model.ts';
import { someOf } from '../setup/tier.ts';
import { CHROMIUM } from './browser-kinds.ts';
import { inEveryBrowser } from './every-browser.ts';
import { sharedPage } from './shared-page.ts';
import type { Handler, Mount } from './static-server.ts';

const require = createRequire(__filename);
const { card, files } = tinyModel();
const encoder = files['encoder.onnx']!;

const altered = encoder.slice();
altered[100]! ^= 1;

/** A server that sends the first bytes of the encoder and then never goes on. */
const stalls: Handler = (_, response) => {
  response.setHeader('Content-Length', encoder.length);
  response.write(encoder.subarray(0, 50));
};

inEveryBrowser([CHROMIUM], (withLibrary) => {
  describe('loading refuses, with a typed error,', () => {
    const folder = (changed: Record<string, Uint8Array>): Mount => ({ ...files, ...changed });
    const without = (name: string): Mount =>
      Object.fromEntries(Object.entries(files).filter(([key]) => key !== name));
    const bad = new TextEncoder().encode('not a model');
    const badFile = { file: 'encoder.onnx', bytes: bad.length, sha256: sha256(bad) };
    const badGraph = { ...card.graphs.encoder, files: { fp32: badFile } };

    const cases: [string, Mount, string, RegExp][] = [
      [
        'an altered file',
        folder({ 'encoder.onnx': altered }),
        'integrity',
        /expected sha256 [0-9a-f]{64}, received/,
      ],
      [
        'a file cut short',
        folder({ 'decoder.onnx': files['decoder.onnx']!.subarray(5) }),
        'integrity',
        /bytes/,
      ],
      [
        'a longer file',
        folder({ 'encoder.onnx': new Uint8Array(1e6) }),
        'integrity',
        /received more/,
      ],
      ['a missing file', without('decoder.onnx'), 'not-found', /decoder\.onnx does not exist.*404/],
      ['a missing card', {}, 'not-found', /model\.json does not exist/],
      [
        'a card of another format',
        folder(cardFile({ ...card, format: 99 })),
        'unsupported-format',
        /format 99/,
      ],
      [
        'a page instead of a card, as servers of single-page apps send',
        folder({ 'model.json': new TextEncoder().encode('<!doctype html><title>App</title>') }),
        'not-found',
        /model\.json is a web page.*Check the address/,
      ],
      [
        'a page instead of a graph',
        folder({
          'encoder.onnx': new TextEncoder().encode('\n<!DOCTYPE html><title>App</title>'),
        }),
        'not-found',
        /encoder\.onnx is a web page/,
      ],
      ['a card that is no JSON', folder({ 'model.json': bad }), 'invalid-card', /not valid JSON/],
      [
        'a card without an end',
        folder({ 'model.json': new Uint8Array(17 * 2 ** 20) }),
        'too-large',
        /no model card/,
      ],
      [
        'a graph that is none',
        folder({
          ...cardFile({ ...card, graphs: { ...card.graphs, encoder: badGraph } }),
          'encoder.onnx': bad,
        }),
        'invalid-data',
        /cannot be read as an ONNX model/,
      ],
      [
        'a server that fails',
        (_, response) => void response.writeHead(503).end(),
        'network',
        /answered 503/,
      ],
      [
        'a server that hangs up',
        (_, response) => void response.destroy(),
        'network',
        /could not be fetched/,
      ],
    ];
    const mounts = Object.fromEntries(cases.map(([, model], i) => [`/m${i}/`, model]));
    const shared = sharedPage((use) => withLibrary(use, { mounts }));

    test.each(cases.map(([name, , code, message], i) => ({ name, i, code, message })))(
      '$name',
      async ({ i, code, message }) => {
        const error = await shared().page.evaluate(async (folder) => {
          // Nothing that another case fetched is taken for a file of this one.
          await lk.clearCache();
          return lk.loadAutoencoder(folder, { device: 'wasm' }).then(
            () => undefined,
            (error) => ({
              code: error.code,
              message: error.message,
              marked: lk.LatentkitError.isInstance(error),
            }),
          );
        }, `m${i}`);
        expect(error).toEqual({ code, message: expect.stringMatching(message), marked: true });
      },
    );

    test('options and inputs that do not fit', async () => {
      const codes = await withLibrary(({ page }) =>
        page.evaluate(async () => {
          const vae = await lk.loadAutoencoder('models/tiny');
          const calls: Record<string, () => Promise<unknown>> = {
            device: () => lk.loadAutoencoder('models/tiny', { device: 'cuda' as never }),
            devices: () => lk.loadAutoencoder('models/tiny', { device: [] }),
            execution: () => lk.loadAutoencoder('models/tiny', { execution: 'thread' as never }),
            threads: () => lk.loadAutoencoder('models/tiny', { threads: 0 }),
            source: () => lk.loadAutoencoder(7 as never),
            dtype: () => lk.loadAutoencoder('models/tiny', { dtype: 'int8' }),
            size: () => vae.encoder.embed(new Float32Array(5)),
            nan: () => vae.encoder.embed(Float32Array.of(0, 1, Number.NaN, 0)),
            range: () => vae.encoder.embed(Float32Array.of(0, 1, 255, 0)),
            latents: () => vae.decoder.decode(new Float32Array(3)),
          };
          const codes: Record<string, string> = {};
          for (const [name, call] of Object.entries(calls)) {
            codes[name] = await call().then(
              () => 'no error',
              (error) => error.code,
            );
          }
          // What failed harms no later call.
          codes['after'] = (await vae.encoder.embed(new Float32Array(4))).dims.join('×');
          return codes;
        }),
      );
      expect(codes).toEqual({
        device: 'invalid-argument',
        devices: 'invalid-argument',
        execution: 'invalid-argument',
        threads: 'invalid-argument',
        source: 'invalid-argument',
        dtype: 'invalid-argument',
        size: 'invalid-input',
        nan: 'invalid-input',
        range: 'invalid-input',
        latents: 'invalid-input',
        after: '1×2',
      });
    });
  });

  describe('an AbortSignal', () => {
    test.each(['inline', 'worker'] as const)(
      'ends a download, %s, and calls that wait',
      async (execution) => {
        const found = await withLibrary(
          ({ page }) =>
            page.evaluate(async (execution) => {
              const tell = (error: Error & { code?: string }) => `${error.name} ${error.code}`;
              const early = await lk
                .loadAutoencoder('models/tiny', { execution, signal: AbortSignal.abort() })
                .then(() => 'loaded', tell);
              const controller = new AbortController();
              let progress = 0;
              const download = await lk
                .loadAutoencoder('stalling', {
                  execution,
                  signal: controller.signal,
                  onProgress: ({ loaded }) => {
                    progress = loaded;
                    controller.abort();
                  },
                })
                .then(() => 'loaded', tell);
              const vae = await lk.loadAutoencoder('models/tiny', { execution });
              const x = new Float32Array(4);
              const call = new AbortController();
              const [first, aborted, last] = [
                vae.encoder.embed(x),
                vae.encoder.embed(x, { signal: call.signal }),
                vae.encoder.embed(x),
              ];
              call.abort();
              return {
                early,
                download,
                progress,
                first: (await first).dims,
                aborted: await aborted.then(() => 'ran', tell),
                last: (await last).dims,
              };
            }, execution),
          {
            mounts: {
              '/stalling/': files,
              '/stalling/encoder.onnx': stalls,
              '/stalling/decoder.onnx': stalls,
            },
          },
        );
        expect(found).toEqual({
          early: 'AbortError aborted',
          download: 'AbortError aborted',
          progress: 50,
          first: [1, 2],
          aborted: 'AbortError aborted',
          last: [1, 2],
        });
      },
    );

    test('ends the start of a worker', async () => {
      const found = await withLibrary(({ page }) =>
        page.evaluate(async () => {
          const controller = new AbortController();
          let ended = 0;
          const loading = lk.loadAutoencoder('models/tiny', {
            execution: 'worker',
            signal: controller.signal,
            worker: () => {
              const worker = new Worker('data:text/javascript,');
              worker.terminate = () => void ended++;
              setTimeout(() => controller.abort(), 20);
              return worker;
            },
          });
          const code = await loading.then(
            () => 'loaded',
            (error) => error.code,
          );
          return { code, ended: ended > 0 };
        }),
      );
      expect(found).toEqual({ code: 'aborted', ended: true });
    });
  });

  describe('files', () => {
    const onnxRequests = (requests: readonly string[]) =>
      requests.filter((path) => path.endsWith('.onnx'));

    test('are fetched once, checked again from the cache, and cleared', async () => {
      await withLibrary(async ({ page, requests }) => {
        const load = (options = {}) =>
          page.evaluate(async (options) => {
            const progress: string[] = [];
            const vae = await lk.loadAutoencoder('models/tiny/model.json', {
              ...options,
              onProgress: ({ file, loaded, total }) => progress.push(`${file} ${loaded}/${total}`),
            });
            await vae.dispose();
            return progress.sort();
          }, options);
        const both = ['decoder.onnx', 'encoder.onnx'].map(
          (name) => `${name} ${files[name]!.length}/${files[name]!.length}`,
        );
        expect(await load()).toEqual(both);
        expect(await load()).toEqual(both);
        expect(onnxRequests(requests)).toHaveLength(2);
        // A cache whose content was damaged is not believed.
        await page.evaluate(async () => {
          const cache = await caches.open('latentkit');
          for (const key of await cache.keys()) await cache.put(key, new Response('damaged'));
        });
        await load();
        expect(onnxRequests(requests)).toHaveLength(4);
        await load({ cache: false });
        expect(onnxRequests(requests)).toHaveLength(6);
        await page.evaluate(() => lk.clearCache());
        await load();
        expect(onnxRequests(requests)).toHaveLength(8);
      });
    });

    test('that are altered are not kept', async () => {
      const kept = await withLibrary(
        ({ page }) =>
          page.evaluate(async () => {
            await lk.loadEncoder('m').catch(() => undefined);
            return (await (await caches.open('latentkit')).keys()).map(({ url }) => url);
          }),
        { mounts: { '/m/': { ...files, 'encoder.onnx': altered } } },
      );
      expect(kept).toContainEqual(expect.stringMatching(/\/card\//));
      expect(kept.filter((url) => url.includes('/sha256/'))).toEqual([]);
    });

    test('of one half are the only ones fetched', async () => {
      await withLibrary(async ({ page, requests }) => {
        const dims = await page.evaluate(async () => {
          const encoder = await lk.loadEncoder('models/tiny/');
          return (await encoder.embed(new Float32Array(8))).dims;
        });
        expect(dims).toEqual([2, 2]);
        expect(onnxRequests(requests)).toEqual(['/models/tiny/encoder.onnx']);
      });
    });

    test('may come from memory, and stay usable after a worker took them', async () => {
      const contents = Object.fromEntries(
        Object.entries(files).map(([key, bytes]) => [key, [...bytes]]),
      );
      const found = await withLibrary(({ page }) =>
        page.evaluate(async (contents) => {
          const [card, encoder, decoder] = ['model.json', 'encoder.onnx', 'decoder.onnx'].map(
            (name) => Uint8Array.from(contents[name]!),
          ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
          const source = {
            'model.json': new Blob([card]),
            'encoder.onnx': encoder,
            'decoder.onnx': decoder.buffer,
          };
          const vae = await lk.loadAutoencoder(source, { execution: 'worker' });
          const dims = (await vae.reconstruct(new Uint8Array(8))).mean.dims;
          const missing = await lk.loadDecoder({ 'model.json': card }).catch(({ code }) => code);
          return { dims, left: [encoder.length > 0, decoder.length > 0], missing };
        }, contents),
      );
      expect(found).toEqual({ dims: [2, 2, 2, 1], left: [true, true], missing: 'not-found' });
    });
  });

  describe('pages with little', () => {
    test('an insecure context has its files verified, without crypto.subtle', async () => {
      await withLibrary(
        async ({ page, origin }) => {
          await page.goto(origin.replace('localhost', 'insecure.test'));
          await page.waitForFunction(() => 'lk' in globalThis);
          const found = await page.evaluate(async () => {
            const vae = await lk.loadAutoencoder('models/tiny', { device: ['webgpu', 'wasm'] });
            const refused = await lk.loadAutoencoder('altered').catch(({ code }) => code);
            return {
              secure: isSecureContext,
              subtle: crypto.subtle,
              attempts: vae.device.attempts,
              refused,
            };
          });
          expect(found).toMatchObject({
            secure: false,
            subtle: undefined,
            attempts: [
              {
                device: 'webgpu',
                ok: false,
                reason: expect.stringContaining('not a secure context'),
              },
              { device: 'wasm', ok: true },
            ],
            refused: 'integrity',
          });
        },
        { mounts: { '/altered/': { ...files, 'encoder.onnx': altered } } },
      );
    });

    const policy = (scripts: string) => ({
      headers: {
        'Content-Security-Policy': `default-src 'self'; img-src data:; script-src 'self' ${scripts}`,
      },
    });
    const load = (execution: string) =>
      lk.loadAutoencoder('models/tiny', { execution: execution as 'inline', device: 'wasm' }).then(
        (vae) => vae.sample(1, { seed: 1 }).then(({ mean }) => mean.dims.join('×')),
        ({ code, message }) => `${code}: ${message}`,
      );

    test("a strict Content-Security-Policy with 'wasm-unsafe-eval' is enough", async () => {
      await withLibrary(async ({ page }) => {
        expect(await page.evaluate(load, 'inline')).toBe('1×2×2×1');
        expect(await page.evaluate(load, 'worker')).toBe('1×2×2×1');
      }, policy("'wasm-unsafe-eval'"));
    });

    test('one without it is named as the thing to mend', async () => {
      await withLibrary(async ({ page }) => {
        const wanted = /device-unavailable[\s\S]*allow 'wasm-unsafe-eval'/;
        expect(await page.evaluate(load, 'inline')).toMatch(wanted);
        // ONNX Runtime cannot start again in this page, and says why it did not the first time.
        expect(await page.evaluate(load, 'inline')).toMatch(/did not start[\s\S]*reload the page/);
      }, policy(''));
    });
  });

  describe('wasmPaths', () => {
    const WASM = 'ort-wasm-simd-threaded.wasm';
    const whole = readFileSync(require.resolve(`@latentkit/web/${WASM}`));
    const changed = Uint8Array.from(whole);
    changed[1000]! ^= 1;

    const mistakes: readonly (readonly [string, Mount, RegExp])[] = [
      [
        'a folder without the file',
        {},
        /wasm: \S+\/ort\/ort-wasm-simd-threaded\.wasm does not exist \(the server answered 404[^)]*\)\. Check the address\.\n/,
      ],
      [
        'a page with status 200, as servers of single-page apps send',
        (_, response) =>
          void response.setHeader('Content-Type', 'text/html').end('<!doctype html><p>hello'),
        /its content is something else/,
      ],
      [
        'a file cut short',
        { [WASM]: whole.subarray(0, 1e6) },
        /has 1000000 bytes instead of 14239897/,
      ],
      ['an altered file', { [WASM]: changed }, /its sha256 is another one/],
      [
        'a longer file',
        { [WASM]: new Uint8Array(2e7) },
        /more than 14239897 bytes: of another version/,
      ],
      ['a server that hangs up', (_, response) => void response.destroy(), /could not be fetched/],
    ];

    test.each(
      someOf('folders that are wrong', mistakes, ([name]) => /altered|hangs up/.test(name)),
    )('%s is told, and the next load works', async (_, mount, message) => {
      await withLibrary(
        async ({ page }) => {
          const load = (options: object) =>
            page.evaluate(
              (options) =>
                lk.loadAutoencoder('models/tiny', { device: 'wasm', ...options }).then(
                  async (vae) => [
                    vae.device.name,
                    (await vae.sample(1, { seed: 1 })).mean.dims.length,
                  ],
                  ({ code, message }) => [code, message as string],
                ),
              options,
            );
          for (const execution of ['inline', 'worker']) {
            expect(await load({ execution, wasmPaths: '/ort/' })).toEqual([
              'device-unavailable',
              expect.stringMatching(message),
            ]);
            expect(await load({ execution })).toEqual(['wasm', 4]);
            // What was found to be whole is kept, wherever it is said to lie.
            expect(await load({ execution, wasmPaths: '/ort/' })).toEqual(['wasm', 4]);
            await page.evaluate(() => lk.clearCache());
          }
        },
        { mounts: { '/ort/': mount } },
      );
    });

    test('a folder that holds the files serves them', async () => {
      await withLibrary(
        async ({ page, requests }) => {
          const name = await page.evaluate(
            async () =>
              (await lk.loadAutoencoder('models/tiny', { device: 'wasm', wasmPaths: '/ort' }))
                .device.name,
          );
          expect(name).toBe('wasm');
          expect(requests.filter((path) => path.endsWith('.wasm'))).toEqual([`/ort/${WASM}`]);
        },
        { mounts: { '/ort/': { [WASM]: whole } } },
      );
    });
  });

  test.each([
    ['a worker that is none', "{ execution: 'worker', worker: () => 5 }", 'worker'],
    ['a listener that is none', '{ onProgress: 5 }', 'onProgress'],
  ])('%s is refused by its name', async (_, options, name) => {
    const found = await withLibrary(({ page }) =>
      page.evaluate(`lk.loadAutoencoder('models/tiny', ${options}).then(
        () => 'loaded',
        ({ code, message }) => code + ': ' + message,
      )`),
    );
    expect(found).toMatch(new RegExp(`^invalid-argument: ${name}: expected a function`));
  });

  test('a worker whose script is missing is a typed error, not a wait without end', async () => {
    const found = await withLibrary(({ page }) =>
      page.evaluate(() =>
        lk
          .loadAutoencoder('models/tiny', {
            execution: 'worker',
            worker: () => new Worker('/no-such-worker.js', { type: 'module' }),
          })
          .then(
            () => 'loaded',
            ({ code, message }) => `${code}: ${message}`,
          ),
      ),
    );
    expect(found).toMatch(
      /^device-unavailable: The model's worker could not be started.*worker-src.*execution: 'inline', or 'auto'/,
    );
  });
});
