import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@latentkit/core';
import { loadDataset, readItems } from '@latentkit/training';
import { machine } from './machine.ts';
import { Participant, startAll } from './participant.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * One training step (forward, gradients, Adam) of the same model on the same batches, ours compiled
 * with ONNX Runtime beside PyTorch and tfjs, in a process each, one after the other in every round, in
 * an order that is drawn anew: who comes after a framework that still spins its threads is at a
 * disadvantage.
 */
const OURS = 'onnx';
/** The matrix products of our step alone: how far off the least is that a step can take. */
const PRODUCTS = 'products';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
const ITEMS = 4096;

interface Case {
  readonly model: 'vae 784-400-20' | 'conv vae 28x28';
  readonly batch: number;
}

const CASES: readonly Case[] = [
  { model: 'vae 784-400-20', batch: 128 },
  { model: 'vae 784-400-20', batch: 512 },
  { model: 'conv vae 28x28', batch: 128 },
];
const ROUNDS = 16;
/**
 * How often each participant is started anew. Where the pages of a process come to lie can make its steps
 * half as slow again for as long as it lives (seen with ours, on a virtual machine).
 */
const LAUNCHES = 4;
/** How long a participant steps in each round. */
const TURN_MS = 300;
/** Before each turn: threads that wait for more work spin for some time before they sleep. */
const PAUSE_MS = 50;

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  const file = join(folder, 'items.f32');
  const absent: Record<string, string> = {};
  try {
    const { train } = await loadDataset({ name: 'strokes', trainCount: ITEMS, testCount: 1 });
    await writeFile(file, new Uint8Array(readItems(train).slice().buffer));
    const rows: Row[] = [];
    for (const each of CASES) rows.push(...(await compare(each, file, rounds, absent)));
    return { name: 'train-step', machine: machine(), rows, absent };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function participants({ model, batch }: Case, file: string): Participant[] {
  const worker = fileURLToPath(new URL('./train-step-worker.ts', import.meta.url));
  const script = fileURLToPath(new URL('../peers/train_step.py', import.meta.url));
  const ours = (engine: string) =>
    new Participant(engine, process.execPath, [
      ...process.execArgv,
      worker,
      engine,
      model,
      String(batch),
      file,
    ]);
  // Those of a convolution cannot be told from the rest of it.
  const products = model.startsWith('conv') ? [] : [PRODUCTS];
  const engines = [OURS, ...products, 'tfjs-node', 'tfjs-wasm'].map(ours);
  const torch = new Participant('pytorch', PYTHON, [script, model, String(batch), file]);
  return [...engines, torch];
}

async function compare(
  each: Case,
  file: string,
  rounds: number,
  absent: Record<string, string>,
): Promise<Row[]> {
  const name = `${each.model}, batch ${each.batch}`;
  const times: Series = new Map();
  const memory: Series = new Map();
  const random = createRandom(each.batch);
  const launches = Math.min(LAUNCHES, rounds);
  for (let launch = 0; launch < launches; launch++) {
    const all = participants(each, file);
    try {
      const present = await startAll(all, [OURS], absent);
      const steps = new Map<Participant, number>();
      for (const participant of present) {
        await participant.ask(2);
        const { ms } = (await participant.ask(2)) as { ms: number };
        steps.set(participant, Math.max(1, Math.round(TURN_MS / ms)));
      }
      for (let round = launch; round < rounds; round += launches) {
        for (const participant of random.shuffle([...present])) {
          await pause(PAUSE_MS);
          const answer = await participant.ask(steps.get(participant) as number);
          add(times, participant, answer['ms'] as number);
          if (participant.name !== PRODUCTS) add(memory, participant, answer['peakMiB'] as number);
        }
      }
    } finally {
      for (const participant of all) await participant.stop();
    }
  }
  return [
    row(`${name}: one step`, 'ms', OURS, times),
    ...(times.has(PRODUCTS) ? [row(`${name}: its products alone`, 'ms', PRODUCTS, times)] : []),
    row(`${name}: peak resident memory`, 'MiB', OURS, memory),
  ];
}

type Series = Map<string, number[]>;

function add(series: Series, { name }: Participant, value: number): void {
  const values = series.get(name) ?? [];
  values.push(value);
  series.set(name, values);
}
