import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../../scripts/published.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { CHROMIUM } from './browser-kinds.ts';
import { inEveryBrowser } from './every-browser.ts';
import type { Handler } from './static-server.ts';
import { withLibrary } from './with-library.ts';
import { withPage } from './with-page.ts';

const { files } = tinyModel();
/** A page made of what the README of the package says. */
const RECIPE = join(__dirname, '.cache/offline-page');
const modelRequests = (requests: readonly string[]) =>
  requests.filter((path) => /model\.json$|\.onnx$|\.wasm$/.test(path));

/** Loads in the page and says what came of it. */
const embed = (options: object) =>
  lk.loadEncoder('models/tiny', options as { offline: 'only' }).then(
    async (encoder) => {
      const { dims } = await encoder.embed(new Float32Array(8));
      await encoder.dispose();
      return dims.join('×');
    },
    ({ code, message }) => `${code}: ${message}`,
  );

inEveryBrowser([CHROMIUM], (withLibrary) => {
  describe('after a first visit, with the network cut', () => {
    test('models load in a page that is open, inline and in new workers, with and without offline', async () => {
      await withLibrary(async ({ page, setOffline, complaints }) => {
        // The worker's script is the page's own matter: the browser keeps it, or a service worker does.
        expect(await page.evaluate(embed, {})).toBe('2×2');
        await setOffline(true);
        for (const options of [{}, { offline: 'prefer' }, { offline: 'only' }]) {
          expect(await page.evaluate(embed, options)).toBe('2×2');
        }
        expect(complaints.filter((text) => text.startsWith('latentkit:'))).toEqual([
          expect.stringMatching(
            /models\/tiny\/model\.json could not be fetched.*The card of the last visit is used/,
          ),
        ]);
        await page.evaluate(() => lk.clearCache());
        expect(await page.evaluate(embed, {})).toMatch(/^network: /);
        expect(await page.evaluate(embed, { offline: 'only' })).toMatch(
          /^not-found: .*prefetch\(\)/,
        );
        await setOffline(false);
        expect(await page.evaluate(embed, {})).toBe('2×2');
      });
    });

    test('a service worker that keeps the manifest serves the page itself', async () => {
      const script = `
      addEventListener('install', () => skipWaiting());
      addEventListener('activate', (event) => event.waitUntil(clients.claim()));
      addEventListener('fetch', (event) => event.respondWith(
        caches.open('app').then((cache) => cache.match(event.request))
          .then((kept) => kept ?? fetch(event.request))));`;
      const serviceWorker: Handler = (_, response) =>
        void response.setHeader('Content-Type', 'text/javascript').end(script);
      await withLibrary(
        async ({ page, setOffline, origin }) => {
          const urls = await page.evaluate(async () => {
            await navigator.serviceWorker.register('/sw.js');
            await navigator.serviceWorker.ready;
            const manifest = await lk.offlineManifest('models/tiny');
            const app = await caches.open('app');
            const page = performance
              .getEntriesByType('resource')
              .map(({ name }) => name)
              .filter((name) => name.endsWith('.js'));
            await app.addAll(['/', ...page, ...manifest.map(({ url }) => url)]);
            // Chunks that are imported when a model is first placed on a device.
            await lk.loadEncoder('models/tiny');
            const later = performance.getEntriesByType('resource').map(({ name }) => name);
            await app.addAll(later.filter((name) => name.endsWith('.js') && !page.includes(name)));
            await lk.clearCache();
            return manifest;
          });
          const names = urls.map(({ url }) => new URL(url).pathname);
          expect(names).toEqual([
            '/models/tiny/model.json',
            '/models/tiny/encoder.onnx',
            '/models/tiny/decoder.onnx',
            expect.stringMatching(/ort-wasm-simd-threaded.*\.wasm$/),
            expect.stringMatching(/worker.*\.m?js$/),
          ]);
          for (const { revision } of urls.slice(0, 4)) expect(revision).toMatch(/^[0-9a-f]{64}$/);
          await setOffline(true);
          await page.goto(`${origin}/`);
          await page.waitForFunction(() => 'lk' in globalThis);
          for (const options of [{}, { execution: 'worker' }]) {
            expect(await page.evaluate(embed, options)).toBe('2×2');
          }
        },
        { mounts: { '/sw.js': serviceWorker } },
      );
    });
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['', {}],
    [', where answers vary', { Vary: 'Origin' }],
  ])('the recipe of the README keeps the page for a second visit%s', async (_, headers) => {
    const readme = await readFile(join(ROOT, 'packages/web/README.md'), 'utf8');
    const codeOf = (name: string) =>
      new RegExp(`\`\`\`js\n(// ${name}\n[\\s\\S]*?)\`\`\``).exec(readme)![1]!;
    const shown = `
      const worker = await loadEncoder('/models/a', { execution: 'worker' });
      const answers = await Promise.all([encoder, worker].map((half) => half.embed(new Float32Array(8))));
      document.title = answers.map(({ dims }) => dims.join('×')).join();`;
    // Inside the workspace, so that the page finds the packages by their names.
    await rm(RECIPE, { recursive: true, force: true });
    await mkdir(join(RECIPE, 'public'), { recursive: true });
    await writeFile(join(RECIPE, 'public/sw.js'), codeOf('sw.js'));
    await writeFile(join(RECIPE, 'main.js'), codeOf('main.js') + shown);
    await writeFile(
      join(RECIPE, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>',
    );
    await withPage(
      { page: RECIPE, mounts: { '/models/a/': files }, headers },
      async ({ page, origin, requests, setOffline, complaints }) => {
        await page.waitForFunction(() => document.title === '2×2,2×2');
        expect(complaints).toEqual([]);
        const kept = await page.evaluate(async () =>
          (await (await caches.open('page')).keys()).map(({ url }) => new URL(url).pathname),
        );
        expect(kept).toEqual(expect.arrayContaining(['/', expect.stringMatching(/worker/)]));
        expect(kept.filter((path) => /\.(wasm|onnx|json)$/.test(path))).toEqual([]);
        await setOffline(true);
        const before = requests.length;
        await page.goto(`${origin}/`);
        await page.waitForFunction(() => document.title === '2×2,2×2');
        // The browser looks for a newer service worker by itself, past what cuts the page off.
        expect(requests.slice(before).filter((path) => path !== '/sw.js')).toEqual([]);
      },
    );
  });

  describe('prefetch', () => {
    test('fetches what is not there, with one total, and isCached tells', async () => {
      await withLibrary(
        async ({ page, setOffline, requests }) => {
          const found = await page.evaluate(async () => {
            const before = await lk.isCached('models/tiny');
            const progress: { loaded: number; total: number }[] = [];
            await lk.prefetch(['models/tiny', new URL('models/other/', location.href)], {
              onProgress: (step) => progress.push(step),
            });
            return {
              before,
              after: [
                await lk.isCached('models/tiny'),
                await lk.isCached('models/other'),
                await lk.isCached('models/none'),
                await lk.isCached('models/tiny', { device: 'webgpu' }),
              ],
              totals: [...new Set(progress.map(({ total }) => total))],
              rising: progress.every(({ loaded }, i) => loaded >= (progress[i - 1]?.loaded ?? 0)),
              last: progress.at(-1),
            };
          });
          // The two models have the same files, which count once.
          const total = 14_239_897 + files['encoder.onnx']!.length + files['decoder.onnx']!.length;
          expect(found).toEqual({
            before: false,
            after: [true, true, false, false],
            totals: [total],
            rising: true,
            last: { loaded: total, total },
          });
          const count = modelRequests(requests).length;
          await page.evaluate(() => lk.prefetch('models/tiny', { half: 'encoder' }));
          // The card alone is asked for again.
          expect(modelRequests(requests).slice(count)).toEqual(['/models/tiny/model.json']);
          await setOffline(true);
          expect(await page.evaluate(embed, { offline: 'only' })).toBe('2×2');
        },
        { mounts: { '/models/other/': files } },
      );
    });

    test('ends with its signal, and refuses what loading refuses', async () => {
      const altered = files['encoder.onnx']!.slice();
      altered[100]! ^= 1;
      await withLibrary(
        async ({ page }) => {
          const codes = await page.evaluate(async () => {
            const code = (promise: Promise<unknown>) =>
              promise.then(
                () => 'done',
                (error) => error.code,
              );
            return [
              await code(lk.prefetch('models/tiny', { signal: AbortSignal.abort() })),
              await code(lk.prefetch('models/tiny', { dtype: 'int8' })),
              await code(lk.prefetch('models/none')),
              await code(lk.prefetch('altered')),
              await code(lk.prefetch('models/tiny')),
            ];
          });
          expect(codes).toEqual(['aborted', 'invalid-argument', 'not-found', 'integrity', 'done']);
        },
        { mounts: { '/altered/': { ...files, 'encoder.onnx': altered } } },
      );
    });
  });

  test('evict keeps the models that it is told, and frees the rest', async () => {
    const other = tinyModel({ side: 4, hidden: 8 });
    await withLibrary(
      async ({ page }) => {
        const found = await page.evaluate(async () => {
          await lk.prefetch(['models/tiny', 'models/other']);
          const freed = await lk.evict({ keep: ['models/tiny'] });
          const kept = [await lk.isCached('models/tiny'), await lk.isCached('models/other')];
          const all = await lk.evict();
          return { freed, kept, all, none: await lk.isCached('models/tiny') };
        });
        const sizeOf = (model: Record<string, Uint8Array>) =>
          Object.values(model).reduce((sum, { length }) => sum + length, 0);
        expect(found).toEqual({
          freed: sizeOf(other.files),
          kept: [true, false],
          all: sizeOf(files) + 14_239_897,
          none: false,
        });
      },
      { mounts: { '/models/other/': other.files } },
    );
  });

  test('concurrent loads of one model make one download of each file', async () => {
    await withLibrary(async ({ page, requests }) => {
      const dims = await page.evaluate(async () => {
        const encoders = await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            lk.loadEncoder('models/tiny', { execution: i % 2 ? 'worker' : 'inline' }),
          ),
        );
        const all = await Promise.all(
          encoders.map((encoder) => encoder.embed(new Float32Array(8))),
        );
        return all.map(({ dims }) => dims.join('×'));
      });
      expect(dims).toEqual(Array(10).fill('2×2'));
      expect(requests.filter((path) => path === '/models/tiny/encoder.onnx')).toHaveLength(1);
      expect(requests.filter((path) => path === '/models/tiny/model.json')).toHaveLength(1);
    });
  });
});

test('files that a user picked are a model, whichever way they are given', async () => {
  await withLibrary(async ({ page }) => {
    await page.setContent('<input id="files" type="file" multiple>');
    await page.setInputFiles(
      '#files',
      Object.entries(files).map(([name, bytes]) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      })),
    );
    const found = await page.evaluate(async () => {
      const list = (document.getElementById('files') as HTMLInputElement).files!;
      const dims = async (source: FileList | File[]) =>
        (await (await lk.loadAutoencoder(source)).sample(1, { seed: 1 })).mean.dims.join('×');
      const twice = await lk.loadEncoder([...list, ...list]).catch(({ message }) => message);
      const few = await lk.loadEncoder([list[0]!]).catch(({ code }) => code);
      return { list: await dims(list), array: await dims([...list]), twice, few };
    });
    expect(found).toMatchObject({
      list: '1×2×2×1',
      array: '1×2×2×1',
      twice: expect.stringMatching(/two files called/),
    });
    expect(found.few).toMatch(/not-found/);
  });
});

inEveryBrowser([CHROMIUM], (withLibrary) => {
  test('a Cache storage that never answers is survived, and said', async () => {
    await withLibrary(async ({ page, complaints }) => {
      await page.evaluate(() => {
        CacheStorage.prototype.open = () => new Promise(() => {});
      });
      expect(await page.evaluate(embed, {})).toBe('2×2');
      expect(complaints).toEqual([expect.stringMatching(/Cache storage does not answer/)]);
    });
  });
});
