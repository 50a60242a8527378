import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { FLAGS, findChromium } from '../../test/browser/chromium.ts';
import { startServer } from '../../test/browser/static-server.ts';
import { machine } from './machine.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * Embedding with the encoder of models/mnist-vae on a page: latentkit beside onnxruntime-web alone, on WASM, in
 * one page, in turns drawn anew for each round; and what a page feels of it: its longest frame while items are
 * encoded, and its memory when models come and go. Every round opens a new page.
 */
const OURS = 'ours';
const RAW = 'onnxruntime-web';
const BATCHES = [1, 64, 1024];
const ROUNDS = 7;
const CYCLES = 20;

const folder = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const PAGE = `<!doctype html><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({
  imports: {
    '@latentkit/web': '/web/index.mjs',
    '@latentkit/core': '/core/index.mjs',
    '@latentkit/core/runtime': '/core/runtime.mjs',
  },
})}</script>
<script type="module">
globalThis.lk = await import('@latentkit/web');
globalThis.ort = await import('/ort/ort.wasm.bundle.min.mjs');
</script>`;

/** What the page has; the types of its own libraries are not those of a program in Node. */
declare const lk: {
  loadEncoder(model: string, options: object): Promise<Encoder>;
};
declare const ort: {
  env: { wasm: { numThreads: number; wasmPaths: string } };
  Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => object;
  InferenceSession: { create(model: string): Promise<Session> };
};
interface Encoder {
  embed(items: Float32Array): Promise<unknown>;
  dispose(): Promise<void>;
}
interface Session {
  run(feeds: object, outputs: readonly string[]): Promise<unknown>;
}

export async function run({
  rounds = ROUNDS,
}: {
  rounds?: number | undefined;
} = {}): Promise<Report> {
  const server = await startServer({
    mounts: {
      '/': { 'index.html': new TextEncoder().encode(PAGE) },
      '/web/': folder('packages/web/dist'),
      '/core/': folder('packages/core/dist'),
      '/ort/': folder('node_modules/onnxruntime-web/dist'),
      '/models/': folder('models'),
    },
  });
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...FLAGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'],
  });
  const inPage = async <T>(use: (page: Page) => Promise<T>): Promise<T> => {
    const page = await browser.newPage();
    try {
      await page.goto(server.origin);
      await page.waitForFunction(() => 'ort' in globalThis && 'lk' in globalThis);
      return await use(page);
    } finally {
      await page.close();
    }
  };
  try {
    const rows: Row[] = [];
    for (const batch of BATCHES) {
      const times = new Map<string, number[]>([
        [OURS, []],
        [RAW, []],
      ]);
      for (let round = 0; round < rounds; round++) {
        const found = await inPage((page) => page.evaluate(embedInTurns, batch));
        times.get(OURS)?.push(found.ours);
        times.get(RAW)?.push(found.raw);
      }
      rows.push(row(`batch ${batch}: median call, in turns`, 'ms', OURS, times));
    }
    for (const [title, execution, batch] of [
      ['10,000 awaited calls of one item, inline', 'inline', 1],
      ['10,000 awaited calls of one item, in a worker', 'worker', 1],
      ['one call of 10,000 items, inline', 'inline', 10_000],
      ['one call of 10,000 items, in a worker', 'worker', 10_000],
    ] as const) {
      const frames: number[] = [];
      for (let round = 0; round < Math.min(3, rounds); round++) {
        frames.push(await inPage((page) => page.evaluate(longestFrame, { execution, batch })));
      }
      rows.push(row(`longest frame: ${title}`, 'ms', OURS, new Map([[OURS, frames]])));
    }
    for (const execution of ['inline', 'worker'] as const) {
      const growth = await inPage((page) => heapGrowth(page, execution));
      const title = `heap after ${CYCLES} cycles of load and dispose, less that after 5: ${execution}`;
      rows.push(row(title, 'MiB', OURS, new Map([[OURS, [growth]]])));
    }
    return { name: 'web', machine: machine(), rows };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** In the page: the median of calls of each, made in turns, in milliseconds. */
async function embedInTurns(batch: number): Promise<{ ours: number; raw: number }> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create('/models/mnist-vae/encoder.onnx');
  const encoder = await lk.loadEncoder('/models/mnist-vae', { device: 'wasm' });
  const x = Float32Array.from({ length: batch * 784 }, (_, i) => ((i * 7919) % 1000) / 1000);
  const calls = {
    ours: () => encoder.embed(x),
    raw: () => session.run({ x: new ort.Tensor('float32', x, [batch, 784]) }, ['mean']),
  };
  const times = { ours: [] as number[], raw: [] as number[] };
  const count = Math.max(10, Math.ceil(2000 / batch));
  for (let i = 0; i < count; i++) {
    for (const who of i % 2 ? (['ours', 'raw'] as const) : (['raw', 'ours'] as const)) {
      const start = performance.now();
      await calls[who]();
      // The first calls of a page are slower than all others.
      if (i >= count / 5) times[who].push(performance.now() - start);
    }
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
  return { ours: middle(times.ours), raw: middle(times.raw) };
}

/** In the page: the longest time between two frames while 10,000 items are encoded, in milliseconds. */
async function longestFrame({
  execution,
  batch,
}: {
  execution: string;
  batch: number;
}): Promise<number> {
  const { requestAnimationFrame } = globalThis as unknown as {
    requestAnimationFrame(draw: () => void): void;
  };
  const encoder = await lk.loadEncoder('/models/mnist-vae', { device: 'wasm', execution });
  const x = new Float32Array(batch * 784).fill(0.5);
  await encoder.embed(x.subarray(0, 784));
  let longest = 0;
  let last = performance.now();
  let going = true;
  const draw = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
  for (let done = 0; done < 10_000; done += batch) await encoder.embed(x);
  going = false;
  return Math.max(longest, performance.now() - last);
}

/** Bytes of JavaScript and of WebAssembly that stay behind when models are loaded and disposed of, in MiB. */
async function heapGrowth(page: Page, execution: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const used = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = (await session.send('Runtime.getHeapUsage')) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    return (usedSize + backingStorageSize) / 2 ** 20;
  };
  const cycle = (times: number) =>
    page.evaluate(
      async ({ times, execution }) => {
        for (let i = 0; i < times; i++) {
          const encoder = await lk.loadEncoder('/models/mnist-vae', { device: 'wasm', execution });
          await encoder.embed(new Float32Array(784));
          await encoder.dispose();
        }
      },
      { times, execution },
    );
  await cycle(5);
  const before = await used();
  await cycle(CYCLES - 5);
  return Math.max(0, (await used()) - before);
}
