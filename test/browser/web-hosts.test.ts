import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { someOf } from '../setup/tier.ts';
import { type AnyPage, type BrowserKind, CHROMIUM, type OpenedPage } from './browser-kinds.ts';
import { FLAGS, findChromium } from './chromium.ts';
import { inEveryBrowser } from './every-browser.ts';
import { LaunchedBrowsers } from './launched-browsers.ts';
import { type Mount, type ServerOptions, type StaticServer, startServer } from './static-server.ts';

jest.setTimeout(180_000);

const require = createRequire(__filename);
const distOf = (name: string) =>
  join(dirname(require.resolve(`@latentkit/${name}/package.json`)), 'dist');
const WEB = distOf('web');
const { files } = tinyModel();
const text = (content: string) => new TextEncoder().encode(content);

/** The packages as they are published, by an import map, as in a page without a bundler. */
const importMap = (origin: string) =>
  `<script type="importmap">${JSON.stringify({
    imports: {
      '@latentkit/web': `${origin}/web/index.mjs`,
      '@latentkit/web/wasm': `${origin}/web/wasm.mjs`,
      '@latentkit/web/webgpu': `${origin}/web/webgpu.mjs`,
      '@latentkit/core': `${origin}/core/index.mjs`,
      '@latentkit/core/runtime': `${origin}/core/runtime.mjs`,
    },
  })}</script>`;

const pageOf = (origin: string, door = '@latentkit/web/wasm') => `<!doctype html>
<link rel="icon" href="data:,">${importMap(origin)}
<script type="module">globalThis.lk = await import('${door}');</script>`;

const PACKAGES: Readonly<Record<string, Mount>> = { '/web/': WEB, '/core/': distOf('core') };

const browsers = new LaunchedBrowsers();
const pages: OpenedPage[] = [];
const servers: StaticServer[] = [];

/** Ends with the test. */
async function serve(options: ServerOptions): Promise<StaticServer> {
  const server = await startServer(options);
  servers.push(server);
  return server;
}

/** Ends with the test. */
async function open<P extends AnyPage>(
  kind: BrowserKind<P>,
  url: string,
): Promise<{ page: P; complaints: string[] }> {
  const complaints: string[] = [];
  const opened = await (await browsers.get(kind)).open((complaint) => complaints.push(complaint));
  pages.push(opened);
  await opened.page.goto(url);
  return { page: opened.page, complaints };
}

/** Loads the tiny model where `lk` is, and says what came of it. */
function embed(options: object): Promise<unknown> {
  return lk
    .loadEncoder('/models/tiny', options)
    .then(async (encoder) => {
      const { dims } = await encoder.embed(new Float32Array(8));
      await encoder.dispose();
      return dims.join('×');
    })
    .catch(({ code, message }) => `${code}: ${message}`);
}

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => browsers.close());

const EVERYWHERE = [
  {},
  { execution: 'worker' },
  { execution: 'worker', threads: 2 },
  { execution: 'auto' },
];

/** What a service worker or an extension's background does with the library. */
const BACKGROUND = `
import { loadEncoder } from '@latentkit/web/wasm';
globalThis.embed = async (model, options) => {
  try {
    const encoder = await loadEncoder(model, options);
    const { dims } = await encoder.embed(new Float32Array(8));
    await encoder.dispose();
    return dims.join('×');
  } catch ({ code, message }) {
    return code + ': ' + message;
  }
};
`;

/** Bundles a script to one file, as for a place that imports nothing later. */
async function bundled(contents: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: __dirname },
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
  });
  return outputFiles[0]!.contents;
}

const WASM = 'ort-wasm-simd-threaded.wasm';

inEveryBrowser([CHROMIUM], (_, kind) => {
  describe('without a bundler', () => {
    const doors = ['@latentkit/web', '@latentkit/web/wasm', '@latentkit/web/webgpu'];
    // All else here goes through the door for WebAssembly.
    test.each(someOf('doors', doors, (door) => !door.endsWith('/wasm')))(
      '%s runs inline, in workers and with threads',
      async (door) => {
        const { origin, requests } = await serve({
          mounts: {
            ...PACKAGES,
            '/models/tiny/': files,
            '/': { 'index.html': text(pageOf('', door)) },
          },
        });
        const { page, complaints } = await open(kind, origin);
        await page.waitForFunction(() => 'lk' in globalThis);
        for (const options of EVERYWHERE) {
          expect(await page.evaluate(embed, { device: 'wasm', ...options })).toBe('2×2');
        }
        expect(complaints).toEqual([]);
        const wasm = [...new Set(requests.filter((path) => path.endsWith('.wasm')))];
        expect(wasm).toEqual([
          door.endsWith('webgpu')
            ? '/web/ort-wasm-simd-threaded.asyncify.wasm'
            : '/web/ort-wasm-simd-threaded.wasm',
        ]);
      },
    );

    test('a door refuses what it does not hold, and says which one does', async () => {
      const { origin } = await serve({
        mounts: { ...PACKAGES, '/models/tiny/': files, '/': { 'index.html': text(pageOf('')) } },
      });
      const { page } = await open(kind, origin);
      await page.waitForFunction(() => 'lk' in globalThis);
      expect(await page.evaluate(embed, { device: 'webgpu' })).toMatch(
        /^invalid-argument: .*expected 'wasm'.*import from '@latentkit\/web' for both/,
      );
    });
  });

  describe('scripts and WebAssembly on another origin', () => {
    async function openAcross(headers: Record<string, string>) {
      const assets = await serve({ mounts: PACKAGES, headers });
      const { origin } = await serve({
        mounts: { '/models/tiny/': files, '/': { 'index.html': text(pageOf(assets.origin)) } },
      });
      const { page } = await open(kind, origin);
      await page.waitForFunction(() => 'lk' in globalThis);
      return page;
    }

    test('work inline, in workers and with threads', async () => {
      const page = await openAcross({
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      });
      for (const options of EVERYWHERE) expect(await page.evaluate(embed, options)).toBe('2×2');
    });
  });

  describe('where the page may start no worker', () => {
    async function openWith(policy: string, script = '') {
      const { origin } = await serve({
        mounts: {
          ...PACKAGES,
          '/models/tiny/': files,
          '/': { 'index.html': text(pageOf('') + script) },
        },
        headers: { 'Content-Security-Policy': policy },
      });
      const { page } = await open(kind, origin);
      await page.waitForFunction(() => 'lk' in globalThis);
      return page;
    }

    const refused =
      /^device-unavailable: The model's worker could not be started.*Trusted Types.*execution: 'inline'/s;

    test('a policy that forbids it is named; auto runs inline, and says so', async () => {
      const page = await openWith("worker-src 'none'");
      expect(await page.evaluate(embed, { execution: 'worker' })).toMatch(refused);
      expect(await page.evaluate(embed, { execution: 'auto' })).toBe('2×2');
      const attempts = await page.evaluate(async () => {
        const vae = await lk.loadAutoencoder('/models/tiny', { execution: 'auto' });
        return vae.device.attempts;
      });
      expect(attempts[0]).toMatchObject({
        device: 'worker',
        ok: false,
        reason: expect.stringMatching(/passed over: The model's worker could not be started/),
      });
      expect(attempts.at(-1)).toMatchObject({ device: 'wasm', ok: true });
    });

    test('with Trusted Types, a worker of the page’s own policy serves', async () => {
      const page = await openWith("require-trusted-types-for 'script'; trusted-types page");
      expect(await page.evaluate(embed, { execution: 'worker' })).toMatch(refused);
      expect(await page.evaluate(embed, { execution: 'auto' })).toBe('2×2');
      const dims = await page.evaluate(async () => {
        const { trustedTypes } = globalThis as unknown as {
          trustedTypes: {
            createPolicy(name: string, rules: object): { createScriptURL(url: string): string };
          };
        };
        const policy = trustedTypes.createPolicy('page', { createScriptURL: (url: string) => url });
        const encoder = await lk.loadEncoder('/models/tiny', {
          execution: 'worker',
          worker: () =>
            new Worker(policy.createScriptURL('/web/worker-wasm.mjs'), { type: 'module' }),
        });
        return (await encoder.embed(new Float32Array(4))).dims;
      });
      expect(dims).toEqual([1, 2]);
    });

    test("an option 'worker' that throws is told as what it is", async () => {
      const page = await openWith("worker-src 'self'");
      const message = await page.evaluate(() =>
        lk
          .loadEncoder('/models/tiny', {
            execution: 'worker',
            worker: () => {
              throw new Error('mine');
            },
          })
          .catch(({ message }) => message),
      );
      expect(message).toMatch(/the option 'worker' threw: mine/);
    });
  });

  test('a module service worker embeds, from the network and from what it kept', async () => {
    const script = await bundled(`${BACKGROUND}
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('message', ({ data, ports }) => embed(...data).then((found) => ports[0].postMessage(found)));`);
    const { origin, requests } = await serve({
      mounts: {
        '/models/tiny/': files,
        '/ort/': WEB,
        '/': {
          'index.html': text('<link rel="icon" href="data:,">'),
          'sw.js': script,
          [WASM]: text('<!doctype html>'),
        },
      },
    });
    const { page } = await open(kind, origin);
    const ask = (options: object) =>
      page.evaluate(async (options) => {
        await navigator.serviceWorker.register('/sw.js', { type: 'module' });
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
        });
        active!.postMessage(['/models/tiny', options], [port2]);
        return answer;
      }, options);
    // The file that the bundler did not place is missed, told, and found where wasmPaths says.
    expect(await ask({})).toMatch(/^device-unavailable: .*its content is something else/s);
    expect(await ask({ wasmPaths: '/ort/' })).toBe('2×2');
    const before = requests.length;
    expect(await ask({ offline: 'only' })).toBe('2×2');
    expect(requests.length).toBe(before);
    expect(await ask({ execution: 'worker' })).toMatch(/^device-unavailable: .*no workers here/s);
    expect(await ask({ execution: 'auto' })).toBe('2×2');
  });
});

test('the processor serves as a fall-back in the build for the GPU', async () => {
  const { origin } = await serve({
    mounts: {
      ...PACKAGES,
      '/models/tiny/': files,
      '/': { 'index.html': text(pageOf('', '@latentkit/web/webgpu')) },
    },
  });
  const { page } = await open(CHROMIUM, origin);
  await page.waitForFunction(() => 'lk' in globalThis);
  const load = () =>
    page.evaluate(async () => {
      const vae = await lk.loadAutoencoder('/models/tiny', { device: ['webgpu', 'wasm'] });
      await vae.sample(1, { seed: 1 });
      return vae.device.name;
    });
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
  });
  expect(await load()).toBe('wasm');
  await page.evaluate(() => Reflect.deleteProperty(navigator, 'gpu'));
  expect(await load()).toBe('webgpu');
});

test('a sandboxed frame, which has no origin, runs inline and in workers', async () => {
  const { origin } = await serve({
    mounts: {
      ...PACKAGES,
      '/models/tiny/': files,
      '/': {
        'index.html': text(
          '<link rel="icon" href="data:,"><iframe sandbox="allow-scripts" src="/frame.html"></iframe>',
        ),
        'frame.html': text(pageOf('')),
      },
    },
    isolated: false,
    headers: { 'Access-Control-Allow-Origin': '*' },
  });
  const { page } = await open(CHROMIUM, origin);
  const frame = await page.waitForSelector('iframe').then((element) => element.contentFrame());
  await frame!.waitForFunction(() => 'lk' in globalThis);
  expect(await frame!.evaluate(() => globalThis.origin)).toBe('null');
  for (const options of [{}, { execution: 'worker' }, { execution: 'auto' }]) {
    expect(await frame!.evaluate(embed, options)).toBe('2×2');
  }
});

test("an extension's background embeds", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-extension-'));
  try {
    const manifest = {
      manifest_version: 3,
      name: 'latentkit',
      version: '1',
      background: { service_worker: 'background.js', type: 'module' },
      content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'" },
    };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'background.js'), await bundled(BACKGROUND));
    await copyFile(join(WEB, WASM), join(folder, WASM));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const context = await chromium.launchPersistentContext('', {
      executablePath: findChromium(),
      args: [...FLAGS, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    });
    try {
      const background =
        context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
      const found = await background.evaluate(() =>
        (globalThis as unknown as { embed(model: string): Promise<string> }).embed('/'),
      );
      expect(found).toBe('2×2');
    } finally {
      await context.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
