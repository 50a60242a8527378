import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Encoder, loadEncoder } from '@latentkit/node';
import { serve } from '@latentkit/serve';

/**
 * A participant of the `serve` benchmark. `in process` embeds batches itself; `served` starts a server, pinned to the
 * first core, and asks it from many clients, each of which waits for its answer before it asks again. Each question is
 * a number of items; the answer has the throughput, quantiles of a call, and the rows of a batch.
 */
const [who = '', folder = '', side = '', batch = '', clients = '', perRequest = ''] =
  process.argv.slice(2);
const rowSize = 3 * Number(side) ** 2;
const itemsOf = (count: number) =>
  Float32Array.from({ length: count * rowSize }, (_, i) => ((i * 7919) % 256) / 255);

/** One thread computes, as one core has it. */
const ONE_CORE = { device: 'cpu', threads: 1 } as const;

type Ask = (items: number) => Promise<Record<string, number>>;

async function inProcess(): Promise<Ask> {
  const encoder = await loadEncoder(folder, ONE_CORE);
  const rows = Number(batch);
  return async (items) => ({
    ...(await time([encoder], itemsOf(rows), items / rows, rows)),
    batch: rows,
  });
}

async function served(): Promise<Ask> {
  const script = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, script, 'server', folder, side, batch];
  const server = spawn('taskset', ['-c', '0', process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  const address = `oip+${url}/resnet`;
  const encoders = await Promise.all(
    Array.from({ length: Number(clients) }, () => loadEncoder(address)),
  );
  const rows = Number(perRequest);
  const own = itemsOf(rows);
  /** Sum and number of the rows of all batches so far, by the server's own count. */
  const counts = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const of = (name: string) =>
      Number(new RegExp(`^latentkit_batch_rows_${name}\\S* (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return { sum: of('sum'), count: of('count') };
  };
  return async (items) => {
    const before = await counts();
    const times = await time(encoders, own, items / rows, rows);
    const after = await counts();
    return { ...times, batch: (after.sum - before.sum) / (after.count - before.count) };
  };
}

/** The server: says its address, and ends with its input. */
async function server(): Promise<void> {
  const models = { resnet: folder };
  const limits = { maxBatch: Number(batch), maxQueue: 1000 };
  const running = await serve({ models, port: 0, workers: 1, ...ONE_CORE, ...limits });
  console.log(running.url);
  process.stdin.resume().once('end', () => void running.close());
}

/** Times `calls` calls, as many at a time as there are encoders. */
async function time(
  encoders: readonly Encoder[],
  items: Float32Array,
  calls: number,
  rows: number,
): Promise<Record<'perSecond' | 'p50' | 'p99', number>> {
  const took: number[] = [];
  let left = calls;
  const start = performance.now();
  const work = async (encoder: Encoder) => {
    while (left-- > 0) {
      const asked = performance.now();
      await encoder.embed(items);
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(encoders.map(work));
  const seconds = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  const quantile = (q: number) => took[Math.floor((took.length - 1) * q)] as number;
  return { perSecond: (calls * rows) / seconds, p50: quantile(0.5), p99: quantile(0.99) };
}

if (who === 'server') {
  await server();
} else {
  const ask = await (who === 'served' ? served() : inProcess());
  console.log('{"ready": true}');
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await ask(Number(line))));
  }
  // The server's input ends with this process.
  process.exit();
}
