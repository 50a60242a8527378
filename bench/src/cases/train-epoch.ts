import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, sizeOf } from '@latentkit/core';
import { loadDataset, readItems } from '@latentkit/training';
import { machine } from '../machine.ts';
import { EPOCH_CASES, type EpochCase } from '../networks/train-epoch-cases.ts';
import { Participant } from '../participants/participant.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Whole epochs of training, each participant alone on the machine: one process at a time, which trains an
 * epoch to warm up and then those that count, and is started anew for each launch, in an order that is
 * drawn anew. In short turns beside others everything is slower, and not by one factor: caches are cold
 * and threads asleep. PyTorch takes part as it comes and as its users tune it; the better of the two is
 * the peer that counts.
 */
const OURS = 'onnx';
/** The matrix products of our step alone, in steady state: what no arrangement of the rest can go below. */
const PRODUCTS = 'products';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
/** Launches of each participant, where the command does not say. */
const LAUNCHES = 3;
/** Epochs of a launch that count; the fastest stands for the launch. */
const EPOCHS = 2;

export async function run({
  rounds = LAUNCHES,
  only,
}: {
  rounds?: number | undefined;
  only?: string | undefined;
}): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  const absent: Record<string, string> = {};
  try {
    const rows: Row[] = [];
    for (const [name, each] of Object.entries(EPOCH_CASES)) {
      if (only !== undefined && !name.includes(only)) continue;
      const file = join(folder, `${each.model}.f32`);
      await writeFile(file, await itemsOf(each));
      rows.push(...(await compare(name, each, file, rounds, absent)));
    }
    return { name: 'train-epoch', machine: machine(), rows, absent };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Drawn digits; in colour, numbers of a stream: no step depends on what a picture shows. */
async function itemsOf({ items, itemShape }: EpochCase): Promise<Uint8Array> {
  if (itemShape[2] === 1) {
    const { train } = await loadDataset({ name: 'strokes', trainCount: items, testCount: 1 });
    return new Uint8Array(readItems(train).slice().buffer);
  }
  const random = createRandom(1);
  const values = Float32Array.from({ length: items * sizeOf(itemShape) }, () => random.uniform());
  return new Uint8Array(values.buffer);
}

/** Whoever takes part, each to be started when its turn comes. */
function starters(name: string, { model, batch }: EpochCase, file: string): (() => Participant)[] {
  const worker = fileURLToPath(new URL('../participants/train-epoch-worker.ts', import.meta.url));
  const script = fileURLToPath(new URL('../../peers/train_epoch.py', import.meta.url));
  const ours = (engine: string) => () =>
    new Participant(engine, process.execPath, [...process.execArgv, worker, engine, name, file]);
  const torch = (how: string) => () =>
    new Participant(how, PYTHON, [script, model, String(batch), file, how]);
  // The products of a convolution cannot be told from the rest of it.
  const products = model === 'mlp' || model === 'iwae' ? [ours(PRODUCTS)] : [];
  return [ours(OURS), ...products, ours('tfjs-node'), torch('pytorch'), torch('pytorch-tuned')];
}

async function compare(
  name: string,
  each: EpochCase,
  file: string,
  launches: number,
  absent: Record<string, string>,
): Promise<Row[]> {
  const steps = Math.floor(each.items / each.batch);
  const times = new Map<string, number[]>();
  const memory = new Map<string, number[]>();
  const random = createRandom(each.batch);
  for (let launch = 0; launch < launches; launch++) {
    for (const start of random.shuffle(starters(name, each, file))) {
      const participant = start();
      try {
        const reason = await participant.start();
        if (reason !== undefined) {
          if (participant.name === OURS) throw new Error(`${OURS}: ${reason}`);
          absent[participant.name] ??= reason;
          continue;
        }
        await participant.ask(steps);
        const epochs: Record<string, number>[] = [];
        for (let epoch = 0; epoch < EPOCHS; epoch++) epochs.push(await participant.ask(steps));
        add(times, participant.name, Math.min(...epochs.map(({ ms }) => ms as number)));
        if (participant.name !== PRODUCTS) {
          add(memory, participant.name, epochs.at(-1)?.['peakMiB'] as number);
        }
      } finally {
        await participant.stop();
      }
    }
  }
  return [
    row(`${name}: a step, by whole epochs`, 'ms', OURS, times),
    row(`${name}: peak resident memory`, 'MiB', OURS, memory),
  ];
}

function add(series: Map<string, number[]>, name: string, value: number): void {
  series.set(name, [...(series.get(name) ?? []), value]);
}
