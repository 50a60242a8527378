import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadEncoder } from '@latentkit/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * A participant of the `node` benchmark: embeds batches of one size, through latentkit (inline, or on
 * a worker thread) or through onnxruntime-node alone, as its own documentation shows.
 */
const [who = '', folder = '', size = ''] = process.argv.slice(2);
const batch = Number(size);
const items = Float32Array.from({ length: batch * 784 }, (_, i) => ((i * 7919) % 256) / 255);

async function embedder(): Promise<() => Promise<unknown>> {
  if (who === 'onnxruntime-node') {
    const session = await InferenceSession.create(await readFile(join(folder, 'encoder.onnx')));
    return async () => {
      const outputs = await session.run({ x: new Tensor('float32', items, [batch, 784]) });
      return outputs['mean'];
    };
  }
  const execution = who === 'ours' ? 'inline' : 'worker';
  const encoder = await loadEncoder(folder, { device: 'cpu', execution });
  return () => encoder.embed(items);
}

const embed = await embedder();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const times = new Float64Array(Number(line));
  for (let i = 0; i < times.length; i++) {
    const start = performance.now();
    await embed();
    times[i] = (performance.now() - start) * 1000;
  }
  times.sort();
  const at = (quantile: number) => times[Math.floor((times.length - 1) * quantile)];
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), peakMiB }));
}
process.exit(0);
