import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machine } from './machine.ts';
import { Participant } from './participant.ts';
import { type Report, type Row, row } from './report.ts';

/**
 * Embedding with the encoder of models/mnist-vae: latentkit in Node beside onnxruntime-node alone,
 * Python's onnxruntime and PyTorch, in a process each, one after the other in every round.
 */
const OURS = 'ours';
const RAW = 'onnxruntime-node';
/** Ours and the raw runtime in one process, call by call. */
const TAX = 'tax';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
const FOLDER = fileURLToPath(new URL('../../models/mnist-vae', import.meta.url));
const BATCHES = [1, 64, 1024];
const ROUNDS = 15;
const COLD_ROUNDS = 9;
/** How long a participant computes in each round. */
const TURN_MS = 100;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export async function run(): Promise<Report> {
  const absent: Record<string, string> = {};
  const rows: Row[] = [];
  for (const batch of BATCHES) rows.push(...(await compare(batch, absent)));
  rows.push(await coldStart(absent));
  return { name: 'node', machine: machine(), rows, absent };
}

function participants(batch: number): Participant[] {
  const inNode = (who: string) => {
    const args = [...process.execArgv, path('./node-worker.ts'), who, FOLDER, String(batch)];
    return new Participant(who, process.execPath, args);
  };
  const inPython = (name: string, framework: string) => {
    const args = [path('../peers/node.py'), 'serve', framework, FOLDER, String(batch)];
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

async function compare(batch: number, absent: Record<string, string>): Promise<Row[]> {
  const all = participants(batch);
  try {
    const present: Participant[] = [];
    for (const participant of all) {
      const reason = await participant.start();
      if (reason === undefined) present.push(participant);
      else if ([OURS, RAW, TAX].includes(participant.name)) throw new Error(reason);
      else absent[participant.name] ??= reason;
    }
    const counts = new Map<Participant, number>();
    for (const participant of present) {
      await participant.ask(50);
      const { p50 } = (await participant.ask(20)) as { p50: number };
      counts.set(participant, Math.max(10, Math.round((TURN_MS * 1000) / p50)));
    }
    const competing = present.filter(({ name }) => name !== TAX);
    const series = () => new Map(competing.map(({ name }) => [name, [] as number[]]));
    const [p50, p99, peak]: [Series, Series, Series] = [series(), series(), series()];
    const inTurn: Series = new Map([OURS, RAW].map((name) => [name, []]));
    const tax: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const participant of present) {
        const answer = await participant.ask(counts.get(participant) as number);
        if (participant.name === TAX) {
          tax.push(answer['tax'] as number);
          inTurn.get(OURS)?.push(answer['p50'] as number);
          inTurn.get(RAW)?.push(answer['alone'] as number);
          continue;
        }
        p50.get(participant.name)?.push(answer['p50'] as number);
        p99.get(participant.name)?.push(answer['p99'] as number);
        peak.get(participant.name)?.push(answer['peakMiB'] as number);
      }
    }
    const rows = [
      row(`batch ${batch}: p50`, 'µs a call', OURS, p50),
      row(`batch ${batch}: p50, call by call in one process`, 'µs a call', OURS, inTurn),
      row(`batch ${batch}: tax, call by call`, 'µs a call', OURS, new Map([[OURS, tax]])),
    ];
    if (batch === 1) rows.push(row('batch 1: p99', 'µs a call', OURS, p99));
    if (batch === 1024) rows.push(row('batch 1024: peak resident memory', 'MiB', OURS, peak));
    return rows;
  } finally {
    for (const participant of all) await participant.stop();
  }
}

async function coldStart(absent: Record<string, string>): Promise<Row> {
  const inNode = [path('../peers/cold-start.mjs')];
  const inPython = [path('../peers/node.py'), 'cold'];
  const commands = new Map<string, readonly [string, readonly string[]]>([
    [OURS, [process.execPath, [...inNode, OURS, FOLDER]]],
    [RAW, [process.execPath, [...inNode, RAW, FOLDER]]],
    ['python onnxruntime', [PYTHON, [...inPython, 'onnxruntime', FOLDER]]],
    ['pytorch', [PYTHON, [...inPython, 'pytorch', FOLDER]]],
  ]);
  for (const peer of Object.keys(absent)) commands.delete(peer);
  const times: Series = new Map([...commands.keys()].map((name) => [name, []]));
  for (let round = 0; round < COLD_ROUNDS; round++) {
    for (const [name, [command, args]] of commands) {
      const { stdout } = await promisify(execFile)(command, args);
      times.get(name)?.push((JSON.parse(stdout) as { ms: number }).ms);
    }
  }
  return row('cold start: from import to the first embedding', 'ms', OURS, times);
}
