import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRandom } from '@latentkit/core';
import { machine } from '../machine.ts';
import { Participant, startAll } from '../participants/participant.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Embedding with the encoder of models/mnist-vae: latentkit in Node beside onnxruntime-node alone,
 * Python's onnxruntime and PyTorch, in a process each, one after the other in every round. Their order
 * is drawn anew for each: who comes after a framework that still spins its threads, or has just pushed
 * everything out of the caches, is at a disadvantage.
 */
const OURS = 'ours';
const RAW = 'onnxruntime-node';
/** Ours and the raw runtime in one process, call by call. */
const TAX = 'tax';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
const FOLDER = fileURLToPath(new URL('../../../models/mnist-vae', import.meta.url));
const BATCHES = [1, 64, 1024];
const ROUNDS = 15;
const COLD_ROUNDS = 21;
/** How long a participant computes in each round. */
const TURN_MS = 100;
/** Before each turn: threads that wait for more work spin for some time before they sleep. */
const PAUSE_MS = 30;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export async function run({ rounds }: { rounds?: number | undefined } = {}): Promise<Report> {
  const absent: Record<string, string> = {};
  const rows: Row[] = [];
  for (const batch of BATCHES) rows.push(...(await compare(batch, rounds ?? ROUNDS, absent)));
  rows.push(await coldStart(rounds ?? COLD_ROUNDS, absent));
  return { name: 'node', machine: machine(), rows, absent };
}

function participants(batch: number): Participant[] {
  const inNode = (who: string) => {
    const args = [
      ...process.execArgv,
      path('../participants/node-worker.ts'),
      who,
      FOLDER,
      String(batch),
    ];
    return new Participant(who, process.execPath, args);
  };
  const inPython = (name: string, framework: string) => {
    const args = [path('../../peers/node.py'), 'serve', framework, FOLDER, String(batch)];
    return new Participant(name, PYTHON, args);
  };
  return [
    inNode(OURS),
    inNode(RAW),
    inNode('ours (worker)'),
    inNode(TAX),
    inPython('python onnxruntime', 'onnxruntime'),
    inPython('pytorch', 'pytorch'),
  ];
}

type Series = Map<string, number[]>;

/** What a participant is asked for in each round. */
type Figure = 'p50' | 'p99' | 'perSecond' | 'peakMiB';

async function compare(
  batch: number,
  rounds: number,
  absent: Record<string, string>,
): Promise<Row[]> {
  const all = participants(batch);
  try {
    const present = await startAll(all, [OURS, RAW, TAX], absent);
    const counts = new Map<Participant, number>();
    for (const participant of present) {
      await participant.ask(50);
      const { p50 } = (await participant.ask(20)) as { p50: number };
      counts.set(participant, Math.max(10, Math.round((TURN_MS * 1000) / p50)));
    }
    const competing = present.filter(({ name }) => name !== TAX);
    const answers = new Map(competing.map(({ name }) => [name, [] as Record<Figure, number>[]]));
    const inTurn: Series = new Map([OURS, RAW].map((name) => [name, []]));
    const tax: number[] = [];
    const random = createRandom(batch);
    for (let round = 0; round < rounds; round++) {
      for (const participant of random.shuffle([...present])) {
        await pause(PAUSE_MS);
        const answer = await participant.ask(counts.get(participant) as number);
        if (participant.name !== TAX) {
          answers.get(participant.name)?.push(answer as Record<Figure, number>);
          continue;
        }
        tax.push(answer['tax'] as number);
        inTurn.get(OURS)?.push(answer['p50'] as number);
        inTurn.get(RAW)?.push(answer['alone'] as number);
      }
    }
    const rowOf = (title: string, unit: string, figure: Figure, factor = 1) => {
      const values = [...answers].map(
        ([name, list]) => [name, list.map((answer) => answer[figure] * factor)] as const,
      );
      return row(`batch ${batch}: ${title}`, unit, OURS, new Map(values));
    };
    const rows = [
      rowOf('p50', 'µs a call', 'p50'),
      row(`batch ${batch}: p50, call by call in one process`, 'µs a call', OURS, inTurn),
      row(`batch ${batch}: tax, call by call`, 'µs a call', OURS, new Map([[OURS, tax]])),
    ];
    if (batch === 1) rows.push(rowOf('p99', 'µs a call', 'p99'));
    else rows.push(rowOf('throughput', 'items a second, more is better', 'perSecond', batch));
    if (batch === 1024) rows.push(rowOf('peak resident memory', 'MiB', 'peakMiB'));
    return rows;
  } finally {
    for (const participant of all) await participant.stop();
  }
}

async function coldStart(rounds: number, absent: Record<string, string>): Promise<Row> {
  const inNode = [path('../../peers/cold-start.mjs')];
  const inPython = [path('../../peers/node.py'), 'cold'];
  const commands = new Map<string, readonly [string, readonly string[]]>([
    [OURS, [process.execPath, [...inNode, OURS, FOLDER]]],
    [RAW, [process.execPath, [...inNode, RAW, FOLDER]]],
    ['python onnxruntime', [PYTHON, [...inPython, 'onnxruntime', FOLDER]]],
    ['pytorch', [PYTHON, [...inPython, 'pytorch', FOLDER]]],
  ]);
  for (const peer of Object.keys(absent)) commands.delete(peer);
  const times: Series = new Map([...commands.keys()].map((name) => [name, []]));
  const random = createRandom(0);
  for (let round = 0; round < rounds; round++) {
    for (const [name, [command, args]] of random.shuffle([...commands])) {
      const { stdout } = await promisify(execFile)(command, args);
      times.get(name)?.push((JSON.parse(stdout) as { ms: number }).ms);
    }
  }
  return row('cold start: from import to the first embedding', 'ms', OURS, times);
}
