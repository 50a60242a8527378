/**
 * Checks and times CUDA and WebGPU on a machine that has them:
 *
 *   npm run build && npm run gpu -w @latentkit/node [-- MODEL]
 *
 * For each device: it loads strictly (every node on the device), agrees with the CPU within the card's
 * tolerance inline and on a worker thread, embeds a stream, frees what it took, and is timed beside the
 * CPU at several batch sizes. Prints one JSON object; exits with 1 if a device that loads is wrong, or
 * if none loads. LATENTKIT_GPU_BATCHES=1,64 times other batch sizes.
 */
import { fileURLToPath } from 'node:url';
import { DeviceError, loadAutoencoder } from '@latentkit/node';

const MODEL =
  process.argv[2] ?? fileURLToPath(new URL('../../../models/mnist-vae', import.meta.url));
const BATCHES = (process.env.LATENTKIT_GPU_BATCHES ?? '1,64,1024,8192').split(',').map(Number);
const DEVICES = ['cuda', 'webgpu'];

const cpu = await loadAutoencoder(MODEL, { device: 'cpu' });
const itemSize = cpu.card.item.shape.reduce((a, b) => a * b);
const [low, high] = cpu.card.item.range;
const itemsOf = (count) =>
  Float32Array.from(
    { length: count * itemSize },
    (_, i) => low + ((high - low) * ((i * 7919) % 256)) / 255,
  );

const largest = (a, b) => a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

/** Largest differences from the CPU of embeddings and of reconstructions. */
async function errors(vae) {
  let embedding = 0;
  let mean = 0;
  for (const count of [1, 2, 33]) {
    const items = itemsOf(count);
    const [z, expected] = [await vae.encoder.embed(items), await cpu.encoder.embed(items)];
    embedding = Math.max(embedding, largest(z.data, expected.data));
    const decoded = await Promise.all([vae, cpu].map(({ decoder }) => decoder.decode(expected)));
    mean = Math.max(mean, largest(decoded[0].mean.data, decoded[1].mean.data));
  }
  return { embedding, mean };
}

/** Median milliseconds of an embedding, the devices in alternation. */
async function timings(vae) {
  const rows = {};
  for (const batch of BATCHES) {
    const items = itemsOf(batch);
    const times = { ours: [], cpu: [] };
    for (let round = 0; round < 12; round++) {
      for (const [name, model] of [
        ['ours', vae],
        ['cpu', cpu],
      ]) {
        const start = performance.now();
        await model.encoder.embed(items);
        // The first rounds compile kernels and warm caches.
        if (round >= 2) times[name].push(performance.now() - start);
      }
    }
    const median = (values) => Number(values.sort((a, b) => a - b)[5].toFixed(3));
    rows[batch] = { ms: median(times.ours), cpuMs: median(times.cpu) };
  }
  return rows;
}

async function streams(vae) {
  let rows = 0;
  const chunk = itemsOf(100);
  for await (const batch of vae.encoder.stream(Array(20).fill(chunk), { batchSize: 256 })) {
    rows += batch.dims[0];
  }
  return rows === 2000;
}

async function check(device) {
  try {
    const vae = await loadAutoencoder(MODEL, { device, strict: true });
    const inline = await errors(vae);
    const streamed = await streams(vae);
    const times = await timings(vae);
    await vae.dispose();
    const onWorker = await loadAutoencoder(MODEL, { device, strict: true, execution: 'worker' });
    const worker = await errors(onWorker);
    await onWorker.dispose();
    const tolerance = cpu.card.tolerance[device] ?? 1e-3;
    const worst = Math.max(...[inline, worker].flatMap(Object.values));
    const right = worst <= tolerance && streamed;
    return { device, right, tolerance, inline, worker, times, attempts: vae.device.attempts };
  } catch (error) {
    const absent = DeviceError.isInstance(error) && error.code === 'device-unavailable';
    return { device, right: absent ? undefined : false, error: error.message };
  }
}

const devices = [];
for (const device of DEVICES) devices.push(await check(device));
const auto = await loadAutoencoder(MODEL, { device: 'auto' });
console.log(JSON.stringify({ model: MODEL, devices, auto: auto.device }, null, 2));
await Promise.all([cpu.dispose(), auto.dispose()]);
const judged = devices.filter(({ right }) => right !== undefined);
process.exitCode = judged.length > 0 && judged.every(({ right }) => right) ? 0 : 1;
