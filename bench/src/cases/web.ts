import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { floatValues, readModel } from '@latentkit/onnx';
import { type Browser, chromium, type Page } from 'playwright-core';
import { FLAGS, findChromium } from '../../../test/browser/chromium.ts';
import { startServer } from '../../../test/browser/static-server.ts';
import { machine } from '../machine.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Embedding with the encoder of models/mnist-vae on a page: latentkit beside onnxruntime-web alone and tfjs, on
 * WASM, in one page, in turns; the first embedding of a page whose files are cached, beside a page written by
 * hand; and what a page feels of it: its longest frame while items are encoded, and its memory when models come
 * and go. Every round opens a new page.
 */
const OURS = 'ours';
const RAW = 'onnxruntime-web';
const TFJS = 'tfjs (wasm)';
const BATCHES = [1, 64, 1024];
const ROUNDS = 7;
const CYCLES = 20;
/** The encoder's layers, as its graph names them. */
const LAYERS = ['hidden_1', 'mean'];

const folder = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const HEAD = `<!doctype html><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({
  imports: {
    '@latentkit/web': '/web/index.mjs',
    '@latentkit/web/wasm': '/web/wasm.mjs',
    '@latentkit/core': '/core/index.mjs',
    '@latentkit/core/runtime': '/core/runtime.mjs',
  },
})}</script>`;

const PAGE = `${HEAD}
<script src="/tfjs/tf-core.min.js"></script><script src="/tfjs-wasm/tf-backend-wasm.min.js"></script>
<script type="module">
globalThis.lk = await import('@latentkit/web');
globalThis.ort = await import('/ort/ort.wasm.bundle.min.mjs');
</script>`;

/** Pages that embed one item and say when they had: ours, and what one writes without us. */
const FIRST_PAGES = {
  [OURS]: `${HEAD}<script type="module">
import { loadEncoder } from '@latentkit/web/wasm';
const encoder = await loadEncoder('/models/mnist-vae', { threads: 1 });
await encoder.embed(new Float32Array(784));
globalThis.firstEmbedding = performance.now();
</script>`,
  [RAW]: `${HEAD}<script type="module">
import { env, InferenceSession, Tensor } from '/ort/ort.wasm.bundle.min.mjs';
env.wasm.numThreads = 1;
const session = await InferenceSession.create('/models/mnist-vae/encoder.onnx');
await session.run({ x: new Tensor('float32', new Float32Array(784), [1, 784]) }, ['mean']);
globalThis.firstEmbedding = performance.now();
</script>`,
};

/** What the page has; the types of its own libraries are not those of a program in Node. */
declare const lk: {
  loadEncoder(model: string, options: object): Promise<Encoder>;
};
declare const ort: {
  env: { wasm: { numThreads: number; wasmPaths: string } };
  Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => object;
  InferenceSession: { create(model: string): Promise<Session> };
};
declare const tf: {
  wasm: { setThreadsCount(count: number): void; setWasmPaths(path: string): void };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor2d(values: readonly number[], shape: readonly number[]): TfTensor;
  tensor1d(values: readonly number[]): TfTensor;
  tidy<T>(compute: () => T): T;
  fused: { matMul(options: object): TfTensor };
};
interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Layer {
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
  readonly shape: readonly [number, number];
}
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
  const bytes = (text: string) => new TextEncoder().encode(text);
  const server = await startServer({
    mounts: {
      '/': {
        'index.html': bytes(PAGE),
        [`${OURS}.html`]: bytes(FIRST_PAGES[OURS]),
        [`${RAW}.html`]: bytes(FIRST_PAGES[RAW]),
        'layers.json': bytes(JSON.stringify(await readLayers())),
      },
      '/web/': folder('packages/web/dist'),
      '/core/': folder('packages/core/dist'),
      '/ort/': folder('node_modules/onnxruntime-web/dist'),
      '/tfjs/': folder('node_modules/@tensorflow/tfjs-core/dist'),
      '/tfjs-wasm/': folder('node_modules/@tensorflow/tfjs-backend-wasm/dist'),
      '/models/': folder('models'),
    },
    // As files of a release are served: what a page has fetched once is not asked for again.
    headers: { 'Cache-Control': 'max-age=3600' },
  });
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...FLAGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'],
  });
  const inPage = async <T>(use: (page: Page) => Promise<T>): Promise<T> => {
    const page = await browser.newPage();
    // The compiler that runs this file names functions by a helper, which a page lacks.
    await page.addInitScript('globalThis.__name = (value) => value;');
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
    for (const [threads, said] of [
      [1, '1 thread'],
      [availableParallelism(), 'all threads (ours in a worker)'],
    ] as const) {
      for (const batch of BATCHES) {
        const times = new Map<string, number[]>([OURS, RAW, TFJS].map((who) => [who, []]));
        for (let round = 0; round < rounds; round++) {
          const found = await inPage((page) => page.evaluate(embedInTurns, { batch, threads }));
          for (const [who, list] of times) list.push(found[who] as number);
        }
        const [ours, raw] = [times.get(OURS), times.get(RAW)] as [number[], number[]];
        const tax = ours.map((time, round) => time - (raw[round] as number));
        const title = `batch ${batch}, ${said}: median call, in turns`;
        rows.push(row(title, 'ms', OURS, times));
        rows.push(row(`${title}: ours less ${RAW}`, 'ms', OURS, new Map([[OURS, tax]])));
      }
    }
    rows.push(await firstEmbedding(browser, server.origin, 2 * rounds));
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

/** The weights of the encoder's layers, for tfjs to compute the same. */
async function readLayers(): Promise<Layer[]> {
  const { graph } = readModel(await readFile(folder('models/mnist-vae/encoder.onnx')));
  const values = (name: string) => {
    const tensor = graph.initializers.get(name);
    const list = tensor && floatValues(tensor);
    if (!list) throw new Error(`models/mnist-vae/encoder.onnx has no numbers ${name}.`);
    return { list: Array.from(list), dims: tensor.dims };
  };
  return LAYERS.map((layer) => {
    const kernel = values(`encoder/${layer}/kernel`);
    const [rows = 0, columns = 0] = kernel.dims;
    return {
      kernel: kernel.list,
      bias: values(`encoder/${layer}/bias`).list,
      shape: [rows, columns],
    };
  });
}

/** From the start of navigation to the first embedding, of pages of one profile that was there before, in turns. */
async function firstEmbedding(browser: Browser, origin: string, rounds: number): Promise<Row> {
  const context = await browser.newContext();
  try {
    const times = new Map<string, number[]>([OURS, RAW].map((who) => [who, []]));
    for (let round = -1; round < rounds; round++) {
      for (const [who, list] of round % 2 ? [...times] : [...times].reverse()) {
        const page = await context.newPage();
        await page.goto(`${origin}/${who}.html`);
        await page.waitForFunction(() => 'firstEmbedding' in globalThis);
        const time = await page.evaluate('globalThis.firstEmbedding');
        // The first visit fills the caches.
        if (round >= 0) list.push(time as number);
        await page.close();
      }
    }
    return row('first embedding, from warm caches', 'ms', OURS, times);
  } finally {
    await context.close();
  }
}

/** In the page: the median of calls of each, made in turns, in milliseconds. */
async function embedInTurns({
  batch,
  threads,
}: {
  batch: number;
  threads: number;
}): Promise<Record<string, number>> {
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create('/models/mnist-vae/encoder.onnx');
  const encoder = await lk.loadEncoder('/models/mnist-vae', {
    device: 'wasm',
    threads,
    // Threads of ours are those of a worker, so that the page stays free.
    execution: threads > 1 ? 'worker' : 'inline',
  });
  tf.wasm.setWasmPaths('/tfjs-wasm/');
  tf.wasm.setThreadsCount(threads);
  await tf.setBackend('wasm');
  await tf.ready();
  const layers = ((await (await fetch('/layers.json')).json()) as Layer[]).map((layer) => ({
    kernel: tf.tensor2d(layer.kernel, layer.shape),
    bias: tf.tensor1d(layer.bias),
  }));
  const x = Float32Array.from({ length: batch * 784 }, (_, i) => ((i * 7919) % 1000) / 1000);
  const calls: Record<string, () => Promise<unknown>> = {
    ours: () => encoder.embed(x),
    'onnxruntime-web': () =>
      session.run({ x: new ort.Tensor('float32', x, [batch, 784]) }, ['mean']),
    'tfjs (wasm)': async () => {
      const mean = tf.tidy(() =>
        layers.reduce(
          (a, { kernel: b, bias }, at) =>
            tf.fused.matMul({ a, b, bias, activation: at < layers.length - 1 ? 'relu' : 'linear' }),
          tf.tensor2d(x as never, [batch, 784]),
        ),
      );
      await mean.data();
      mean.dispose();
    },
  };
  const names = Object.keys(calls);
  const times = names.map(() => [] as number[]);
  const count = Math.max(12, Math.ceil(2000 / batch));
  for (let i = 0; i < count; i++) {
    for (let turn = 0; turn < names.length; turn++) {
      const at = (i + turn) % names.length;
      const start = performance.now();
      await calls[names[at] as string]?.();
      // The first calls of a page are slower than all others.
      if (i >= count / 5) times[at]?.push(performance.now() - start);
    }
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
  return Object.fromEntries(names.map((name, at) => [name, middle(times[at] as number[])]));
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
