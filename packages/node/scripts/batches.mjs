/**
 * What large batches cost, in a process each:
 *
 *   npm run build && npm run batches -w @latentkit/node [-- MODEL [ITEMS]]
 *
 * For embeddings of 100,000 items (ITEMS), as 8-bit pixels and as floats, inline and on worker threads:
 * time, peak memory, the longest pause of the event loop, and how long an abort takes. Prints one JSON
 * object a row, then the ratios of pixels to floats.
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

const CHILD = 'LATENTKIT_BATCHES_CHILD';
if (process.env[CHILD]) {
  console.log(JSON.stringify(await measure(...process.env[CHILD].split(' '))));
} else {
  for (const execution of ['inline', 'worker']) {
    const best = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of Object.keys(KINDS)) {
        const env = { ...process.env, [CHILD]: `${kind} ${execution}` };
        const script = fileURLToPath(import.meta.url);
        const { stdout } = await promisify(execFile)(process.execPath, [script, MODEL, ITEMS], {
          env,
        });
        const result = JSON.parse(stdout);
        best[kind] ??= result;
        // The least of each: what else the machine does comes on top.
        for (const key of Object.keys(result))
          best[kind][key] = Math.min(best[kind][key], result[key]);
      }
    }
    for (const [kind, figures] of Object.entries(best)) {
      const rounded = Object.entries(figures).map(([key, value]) => [
        key,
        Number(value.toPrecision(3)),
      ]);
      console.log(JSON.stringify({ kind, execution, ...Object.fromEntries(rounded) }));
    }
    const ratio = (key) => Number((best.pixels[key] / best.floats[key]).toFixed(2));
    console.log(
      JSON.stringify({
        execution,
        pixelsToFloats: { time: ratio('ms'), memory: ratio('peakMiB') },
      }),
    );
  }
}
