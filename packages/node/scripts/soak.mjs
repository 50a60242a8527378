/**
 * Long runs of the built package, judged by their limits:
 *
 *   node soak.mjs stream MODEL ITEMS   embeds a stream on a worker thread: delay of the event loop,
 *                                      memory, throughput beside inline
 *   node soak.mjs cycles MODEL COUNT   loads and disposes: memory
 *
 * Prints one JSON object a run; exits with 1 if a limit is exceeded. Without arguments: both at full
 * length on models/mnist-vae.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { loadAutoencoder, loadEncoder } from '@latentkit/node';

const LIMITS = { delayMs: 10, streamMiB: 100, throughput: 0.95, cyclesMiB: 20 };
const MODEL = fileURLToPath(new URL('../../../models/mnist-vae', import.meta.url));
const MIB = 2 ** 20;
/** Odd, for the median. */
const PAIRS = 21;

/** Chunks of 500 items, all in one reused buffer. */
function* items(count, size) {
  const chunk = Float32Array.from({ length: 500 * size }, (_, i) => ((i * 7919) % 256) / 255);
  for (let left = count; left > 0; left -= 500) {
    yield chunk.subarray(0, Math.min(500, left) * size);
  }
}

async function embedAll(encoder, count, eachBatch = () => {}) {
  const size = encoder.card.item.shape.reduce((a, b) => a * b);
  const start = performance.now();
  let rows = 0;
  for await (const batch of encoder.stream(items(count, size), { batchSize: 256 })) {
    rows += batch.dims[0];
    eachBatch();
  }
  if (rows !== count) throw new Error(`${rows} rows for ${count} items`);
  return count / (performance.now() - start);
}

async function stream(model, count) {
  const inline = await loadEncoder(model, { device: 'cpu' });
  const worker = await loadEncoder(model, { device: 'cpu', execution: 'worker' });
  for (const encoder of [inline, worker, worker]) await embedAll(encoder, 5000);
  // Pairs in alternation, since other work on the machine comes and goes.
  const ratios = [];
  for (let i = 0; i < PAIRS; i++) {
    // A tenth of a second or so: much shorter ones say what the scheduler did.
    const share = Math.ceil(count / 10);
    const speed = async (encoder) => embedAll(encoder, share);
    const [a, b] =
      i % 2
        ? [await speed(inline), await speed(worker)]
        : [await speed(worker), await speed(inline)];
    ratios.push(i % 2 ? b / a : a / b);
  }
  const throughput = ratios.sort((a, b) => a - b)[(PAIRS - 1) / 2];
  const start = process.memoryUsage().rss;
  let most = start;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const itemsPerMs = await embedAll(worker, count, () => {
    most = Math.max(most, process.memoryUsage.rss());
  });
  delay.disable();
  const report = {
    run: 'stream',
    items: count,
    itemsPerSecond: Math.round(itemsPerMs * 1000),
    // The monitor's own interval is part of what it records.
    delayP99Ms: Number((delay.percentile(99) / 1e6 - 1).toFixed(2)),
    grownMiB: Number(((most - start) / MIB).toFixed(1)),
    throughputByInline: Number(throughput.toFixed(3)),
  };
  const within =
    report.delayP99Ms <= LIMITS.delayMs &&
    report.grownMiB <= LIMITS.streamMiB &&
    report.throughputByInline >= LIMITS.throughput;
  await Promise.all([inline.dispose(), worker.dispose()]);
  return { ...report, within };
}

async function cycles(model, count) {
  const cycle = async (options) => {
    const vae = await loadAutoencoder(model, { device: 'cpu', ...options });
    await vae.sample(2, { seed: 1 });
    await vae.dispose();
  };
  for (let i = 0; i < 100; i++) await cycle();
  const start = process.memoryUsage.rss();
  for (let i = 0; i < count; i++) await cycle();
  const grownMiB = Number(((process.memoryUsage.rss() - start) / MIB).toFixed(1));
  return { run: 'cycles', count, grownMiB, within: grownMiB <= LIMITS.cyclesMiB };
}

const RUNS = { stream, cycles };
const [name, model, count] = process.argv.slice(2);
const reports =
  name === undefined
    ? [await stream(MODEL, 200_000), await cycles(MODEL, 2000)]
    : [await RUNS[name](model, Number(count))];
for (const report of reports) console.log(JSON.stringify(report));
process.exitCode = reports.every(({ within }) => within) ? 0 : 1;
