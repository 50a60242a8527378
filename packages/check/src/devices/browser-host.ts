import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, extname, join } from 'node:path';
import {
  type DType,
  type GraphRunner,
  LatentkitError,
  type NamedTensors,
  type Tensor,
  type TensorInfo,
} from '@latentkit/core';
import { ARRAYS } from '@latentkit/core/runtime';
import { requireHere, withoutStop } from '@latentkit/system';
import { findChromium } from '@latentkit/system/chromium';
import type { Browser, Page } from 'playwright-core';
import { scriptBeside } from './script-beside.ts';

/** What of ONNX Runtime computes in a browser. */
export type BrowserProvider = 'wasm' | 'webgpu';

/** The build of ONNX Runtime that a page with this provider loads. */
const BUILDS: Readonly<Record<BrowserProvider, string>> = {
  wasm: 'ort.wasm.min.mjs',
  webgpu: 'ort.webgpu.min.mjs',
};

/** WebGPU by software (SwiftShader), for machines without a GPU: it computes by the same kernels. */
const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-webgpu-adapter=swiftshader',
];

interface Running {
  readonly browser: Browser;
  readonly page: Page;
  readonly server: Server;
  /** Where the page finds graphs, by path. */
  readonly graphs: Map<string, Uint8Array>;
}

interface Opened {
  readonly handle: number;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * Pages of a headless Chromium that run graphs in onnxruntime-web, as users' pages do: by the browser's own engine of
 * WebAssembly, and by its WebGPU, in software where the machine has no GPU. Each is started with its first graph.
 */
export class BrowserHost {
  readonly #running = new Map<BrowserProvider, Promise<Running>>();
  #graphs = 0;

  /**
   * @throws LatentkitError `missing-dependency` without playwright-core or onnxruntime-web; `device-unavailable` where
   *   there is no Chromium, or no WebGPU in it; `runtime` for a graph that it refuses
   */
  async open(bytes: Uint8Array, provider: BrowserProvider): Promise<GraphRunner> {
    const starting = this.#running.get(provider) ?? start(provider);
    this.#running.set(provider, starting);
    const { page, graphs } = await starting;
    this.#graphs += 1;
    const graph = `/graphs/${this.#graphs}`;
    graphs.set(graph, bytes);
    const { handle, inputs, outputs } = await ask<Opened>(page, 'open', { graph, provider });
    graphs.delete(graph);
    return {
      device: provider,
      inputs,
      outputs,
      run: async (feeds) => decoded(await ask(page, 'run', { handle, feeds: encoded(feeds) })),
      dispose: async () => {
        if (!page.isClosed()) await ask(page, 'close', { handle });
      },
    };
  }

  /** Ends the browsers. Idempotent; a graph opened afterwards starts another. */
  async close(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    for (const starting of all) {
      const running = await starting.catch(() => undefined);
      await running?.browser.close();
      running?.server.close();
    }
  }
}

async function start(provider: BrowserProvider): Promise<Running> {
  const path = chromiumPath();
  const { chromium } = await playwright();
  const graphs = new Map<string, Uint8Array>();
  const server = await serve(graphs);
  const { port } = server.address() as AddressInfo;
  let browser: Browser | undefined;
  try {
    for (const flags of provider === 'webgpu' ? [[], SOFTWARE_GPU] : [[]]) {
      // In containers, where CI runs, Chromium's sandbox cannot be made; the page holds nothing but the model.
      browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', ...flags] });
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/${provider}`);
      await page.waitForFunction(() => 'ask' in globalThis);
      if (await ask(page, 'has', { provider })) return { browser, page, server, graphs };
      await browser.close();
    }
  } catch (cause) {
    await browser?.close();
    server.close();
    throw new LatentkitError(
      'device-unavailable',
      `${path} could not be used: ${firstLine(cause)}. Start it by hand to see why.`,
      { cause },
    );
  }
  server.close();
  throw new LatentkitError(
    'device-unavailable',
    `${path} has no ${provider}, not even in software. Leave the device chromium-webgpu out.`,
  );
}

function chromiumPath(): string {
  const { found, named, lookedAt } = findChromium();
  if (found !== undefined) return found;
  const why =
    named === undefined
      ? 'No Chromium was found'
      : `LATENTKIT_CHROMIUM names ${named}, which is no executable file`;
  throw new LatentkitError(
    'device-unavailable',
    `${why}. Install Chromium or Chrome, or name one in LATENTKIT_CHROMIUM; looked at: ${lookedAt.join(', ')}.`,
  );
}

async function playwright() {
  try {
    return await import('playwright-core');
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      'playwright-core is not installed: npm install playwright-core@1.65.1, or leave the browser out.',
      { cause },
    );
  }
}

/** Has the page do a job (browser-page.mjs). */
async function ask<T>(page: Page, job: string, given: object): Promise<T> {
  let answer: { result?: T; error?: string };
  try {
    answer = await page.evaluate(
      ([job, given]) =>
        (globalThis as unknown as { ask(job: string, given: object): Promise<object> }).ask(
          job,
          given,
        ),
      [job, given] as const,
    );
  } catch (cause) {
    throw new LatentkitError('runtime', `The page of Chromium ended: ${firstLine(cause)}.`, {
      cause,
    });
  }
  if (answer.error !== undefined) throw new LatentkitError('runtime', `Chromium: ${answer.error}`);
  return answer.result as T;
}

const firstLine = (error: unknown) =>
  withoutStop(String((error as Error)?.message ?? error).split('\n')[0] as string);

/** The page, the runtime of onnxruntime-web, and the graphs, on the loopback alone. */
async function serve(graphs: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const runtime = dirname(runtimeFile());
  const scripts = dirname(scriptBeside('browser-page.mjs'));
  const server = createServer(async ({ url = '/' }, response) => {
    const name = basename(url);
    const send = (type: string, body: string | Uint8Array) =>
      response.setHeader('content-type', type).end(body);
    try {
      const graph = graphs.get(url);
      if (graph) send('application/octet-stream', graph);
      else if (Object.hasOwn(BUILDS, name)) send('text/html', pageOf(name as BrowserProvider));
      else if (url.startsWith('/ort/')) send(typeOf(name), await readFile(join(runtime, name)));
      else send(typeOf(name), await readFile(join(scripts, name)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

const pageOf = (provider: BrowserProvider) => `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "onnxruntime-web": "/ort/${BUILDS[provider]}" } }</script>
<script type="module" src="/browser-page.mjs"></script>
`;

const typeOf = (name: string) =>
  extname(name) === '.wasm' ? 'application/wasm' : 'text/javascript';

function runtimeFile(): string {
  try {
    return requireHere().resolve('onnxruntime-web');
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      'onnxruntime-web is not installed: npm install onnxruntime-web@1.30.0, or leave the browser out.',
      { cause },
    );
  }
}

/** Tensors with the base64 of their bytes. */
function encoded(tensors: NamedTensors) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, dims, data }]) => {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return [name, { dtype, dims, data: bytes.toString('base64') }];
    }),
  );
}

interface EncodedTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: string;
}

function decoded(tensors: Readonly<Record<string, EncodedTensor>>): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, dims, data }]) => {
      // Copied, since a Buffer may begin where no number does.
      const { buffer } = Uint8Array.from(Buffer.from(data, 'base64'));
      return [name, { dtype, dims, data: new ARRAYS[dtype](buffer) } as Tensor];
    }),
  );
}
