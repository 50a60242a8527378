import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type LoadOptions, loadEncoder } from '@latentkit/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * A participant of the `node` benchmark: embeds batches of one size, through latentkit (inline, or on
 * a worker thread) or through onnxruntime-node alone, as its own documentation shows. `tax` does both,
 * call by call in turn on one compute thread each, so that what happens on the machine hits both.
 */
const [who = '', folder = '', size = ''] = process.argv.slice(2);
const batch = Number(size);
const items = Float32Array.from({ length: batch * 784 }, (_, i) => ((i * 7919) % 256) / 255);

type Embed = () => Promise<unknown>;

async function alone(options: InferenceSession.SessionOptions = {}): Promise<Embed> {
  const bytes = await readFile(join(folder, 'encoder.onnx'));
  const session = await InferenceSession.create(bytes, options);
  return async () => {
    const outputs = await session.run({ x: new Tensor('float32', items, [batch, 784]) });
    return outputs['mean'];
  };
}

async function ours(options: LoadOptions = {}): Promise<Embed> {
  const encoder = await loadEncoder(folder, { device: 'cpu', ...options });
  return () => encoder.embed(items);
}

async function time(embed: Embed): Promise<number> {
  const start = performance.now();
  await embed();
  return (performance.now() - start) * 1000;
}

const quantile = (times: Float64Array, q: number) =>
  times.sort()[Math.floor((times.length - 1) * q)];

async function quantiles(embed: Embed, count: number) {
  const times = new Float64Array(count);
  const start = performance.now();
  for (let i = 0; i < count; i++) times[i] = await time(embed);
  const perSecond = (count / (performance.now() - start)) * 1000;
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function inTurn(a: Embed, b: Embed, count: number) {
  const [first, second] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    // Each goes first as often as the other.
    if (i % 2) first[i] = await time(a);
    second[i] = await time(b);
    if (i % 2 === 0) first[i] = await time(a);
  }
  const tax = quantile(
    first.map((value, i) => value - (second[i] as number)),
    0.5,
  );
  return { tax, p50: quantile(first, 0.5), alone: quantile(second, 0.5) };
}

async function participant(): Promise<(count: number) => Promise<object>> {
  if (who === 'tax') {
    const [a, b] = [await ours({ threads: 1 }), await alone({ intraOpNumThreads: 1 })];
    return (count) => inTurn(a, b, count);
  }
  const embed =
    who === 'onnxruntime-node'
      ? await alone()
      : await ours({ execution: who === 'ours' ? 'inline' : 'worker' });
  return (count) => quantiles(embed, count);
}

const answer = await participant();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const measured = await answer(Number(line));
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ...measured, peakMiB }));
}
process.exit(0);
