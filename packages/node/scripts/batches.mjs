/**
 * What large batches cost:
 *
 *   npm run build && npm run batches -w @latentkit/node [-- MODEL [ITEMS]]
 *
 * For embeddings of 100,000 items (ITEMS), as 8-bit pixels and as floats, inline and on worker threads:
 * time, peak memory, the longest pause of the event loop, and how long an abort takes, each in a process
 * of its own. Prints one JSON object a row, then the ratios of pixels to floats: that of the times is
 * taken pair by pair, in turns within one process, since a machine is not the same from one process to
 * the next.
 */
import { execFile } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadEncoder } from '../dist/index.mjs';

const [
  MODEL = fileURLToPath(new URL('../../../models/mnist-vae', import.meta.url)),
  ITEMS = '100000',
] = process.argv.slice(2);
const KINDS = { pixels: Uint8Array, floats: Float32Array };
const ROUNDS = 3;
const PAIRS = 9;

async function measure(kind, execution) {
  const encoder = await loadEncoder(MODEL, { device: 'cpu', execution });
  const size = encoder.card.item.shape.reduce((a, b) => a * b);
  const items = new KINDS[kind](Number(ITEMS) * size);
  // Written, since pages that nobody wrote take no memory.
  const [low, high] = kind === 'pixels' ? [0, 255] : encoder.card.item.range;
  for (let i = 0; i < items.length; i++) items[i] = low + ((high - low) * ((i * 7919) % 256)) / 255;
  await encoder.embed(items.subarray(0, 5000 * size));
  const before = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await encoder.embed(items);
  const ms = performance.now() - start;
  // The monitor's timer runs before its longest wait is counted.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const controller = new AbortController();
  let aborted = 0;
  const call = encoder.embed(items, { signal: controller.signal });
  setTimeout(() => {
    aborted = performance.now();
    controller.abort();
  }, ms / 3);
  await call.catch(() => {});
  const abortMs = performance.now() - aborted;
  await encoder.dispose();
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const grownMiB = peakMiB - before / 2 ** 20;
  return { ms, peakMiB, grownMiB, pauseMs: delay.max / 1e6, abortMs };
}

/** The time of pixels by that of floats, pair by pair: the least, the median and the largest. */
async function compare(execution) {
  const encoder = await loadEncoder(MODEL, { device: 'cpu', execution });
  const size = encoder.card.item.shape.reduce((a, b) => a * b);
  const { scale, offset } = encoder.card.preprocessing;
  const pixels = new Uint8Array(Number(ITEMS) * size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 7919) % 256;
  const floats = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) floats[i] = pixels[i] * scale + offset;
  const timed = async (items) => {
    const start = performance.now();
    await encoder.embed(items);
    return performance.now() - start;
  };
  // The first runs of a process are slower than the rest.
  await timed(pixels);
  await timed(floats);
  const ratios = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // Each goes first as often as the other.
    const order = pair % 2 === 0 ? [pixels, floats] : [floats, pixels];
    const times = [await timed(order[0]), await timed(order[1])];
    ratios.push(pair % 2 === 0 ? times[0] / times[1] : times[1] / times[0]);
  }
  await encoder.dispose();
  ratios.sort((a, b) => a - b);
  return { min: ratios[0], median: ratios[PAIRS >> 1], max: ratios[PAIRS - 1] };
}

const TASKS = { measure, compare };
const CHILD = 'LATENTKIT_BATCHES_CHILD';

async function inProcess(...task) {
  const env = { ...process.env, [CHILD]: task.join(' ') };
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [script, MODEL, ITEMS], { env });
  return JSON.parse(stdout);
}

if (process.env[CHILD]) {
  const [task, ...args] = process.env[CHILD].split(' ');
  console.log(JSON.stringify(await TASKS[task](...args)));
} else {
  for (const execution of ['inline', 'worker']) {
    const best = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of Object.keys(KINDS)) {
        const result = await inProcess('measure', kind, execution);
        best[kind] ??= result;
        // The least of each: what else the machine does comes on top.
        for (const key of Object.keys(result))
          best[kind][key] = Math.min(best[kind][key], result[key]);
      }
    }
    for (const [kind, figures] of Object.entries(best)) {
      const short = Object.entries(figures).map(([key, value]) => [
        key,
        Number(value.toPrecision(3)),
      ]);
      console.log(JSON.stringify({ kind, execution, ...Object.fromEntries(short) }));
    }
    const rounded = (value) => Number(value.toFixed(2));
    const times = Object.entries(await inProcess('compare', execution));
    console.log(
      JSON.stringify({
        execution,
        pixelsToFloats: {
          time: Object.fromEntries(times.map(([key, value]) => [key, rounded(value)])),
          memory: rounded(best.pixels.peakMiB / best.floats.peakMiB),
        },
      }),
    );
  }
}
