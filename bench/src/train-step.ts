import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadDataset } from '@latentkit/training';
import { machine } from './machine.ts';
import { Participant } from './participant.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * One training step (forward, gradients, Adam) of the same model on the same batches, ours compiled
 * with ONNX Runtime beside PyTorch and tfjs, in a process each, one after the other in every round.
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
const ROUNDS = 15;
/** How long a participant steps in each round. */
const TURN_MS = 300;

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  const file = join(folder, 'items.f32');
  const absent: Record<string, string> = {};
  try {
    const { train } = await loadDataset({ name: 'strokes', trainCount: ITEMS, testCount: 1 });
    await writeFile(file, new Uint8Array(train.images.buffer));
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
  const all = participants(each, file);
  const name = `${each.model}, batch ${each.batch}`;
  try {
    const present: Participant[] = [];
    for (const participant of all) {
      const reason = await participant.start();
      if (reason === undefined) present.push(participant);
      else if (participant.name === OURS) throw new Error(`${OURS}, ${name}: ${reason}`);
      else absent[participant.name] ??= reason;
    }
    const steps = new Map<Participant, number>();
    for (const participant of present) {
      await participant.ask(2);
      const { ms } = (await participant.ask(2)) as { ms: number };
      steps.set(participant, Math.max(1, Math.round(TURN_MS / ms)));
    }
    const times = new Map(present.map((participant) => [participant.name, [] as number[]]));
    const memory = new Map(
      [...times].filter(([who]) => who !== PRODUCTS).map(([who]) => [who, [] as number[]]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const participant of present) {
        const answer = await participant.ask(steps.get(participant) as number);
        times.get(participant.name)?.push(answer['ms'] as number);
        memory.get(participant.name)?.push(answer['peakMiB'] as number);
      }
    }
    return [
      row(`${name}: one step`, 'ms', OURS, times),
      ...(times.has(PRODUCTS) ? [row(`${name}: its products alone`, 'ms', PRODUCTS, times)] : []),
      row(`${name}: peak resident memory`, 'MiB', OURS, memory),
    ];
  } finally {
    for (const participant of all) await participant.stop();
  }
}
