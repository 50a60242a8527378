import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Encoder } from '@latentkit/core';
import { embedFiles } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import { machine } from '../machine.ts';
import { mlpEncoder } from '../networks/mlp-encoder.ts';
import { writeEncoder } from '../networks/write-encoder.ts';
import { Participant, startAll } from '../participants/participant.ts';
import { decodeAll, type WrittenPictures, writePictures } from '../pictures.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * A folder of pictures to a Parquet file of vectors (`embedFiles`, which `latentkit embed` calls), beside sharp decoding
 * the same files and nothing else, and beside what a Python script does that reads them by PIL in the two workers of a
 * DataLoader, encodes them by PyTorch and writes them by pyarrow; alternately, each on all cores. Beside the time: how
 * long the event loop of the caller was blocked, and how much memory the process had at most.
 */
const ROUNDS = 3;
const OURS = 'ours';
const PYTHON = process.env['LATENTKIT_PYTHON'] ?? 'python3';
const SIDE = 64;
const COUNT = 50_000;
const WORKERS = 2;

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  const absent: Record<string, string> = {};
  const scratch = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  try {
    const model = join(scratch, 'mlp');
    await writeEncoder(model, mlpEncoder(SIDE));
    const pictures = await writePictures(join(scratch, 'pictures'), {
      ...{ count: COUNT, width: SIDE, height: SIDE, format: 'png' as const },
    });
    // Beside what the user's program does: the graph runs on a thread of its own.
    await using encoder = await loadEncoder(model, { execution: 'worker' });
    const rows = await compare(encoder, pictures, scratch, rounds, absent);
    return { name: 'embed', machine: machine(), rows, absent };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function compare(
  encoder: Encoder,
  { folder, files }: WrittenPictures,
  scratch: string,
  rounds: number,
  absent: Record<string, string>,
): Promise<Row[]> {
  const script = new URL('../../peers/embed_pictures.py', import.meta.url).pathname;
  const args = [folder, String(SIDE), String(WORKERS), join(scratch, 'python.parquet')];
  const [python] = await startAll(
    [new Participant('pytorch', PYTHON, [script, ...args])],
    [],
    absent,
  );
  const times = new Map<string, number[]>([[OURS, []]]);
  times.set('sharp decode', []);
  if (python) times.set('pytorch', []);
  const delays: { p99: number[]; max: number[] } = { p99: [], max: [] };
  const memory: { half: number[]; end: number[] } = { half: [], end: [] };
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    times.get(name)?.push((performance.now() - start) / files.length);
  };
  const ours = async () => {
    const out = join(scratch, 'ours.parquet');
    await rm(out, { force: true });
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    let half = 0;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 50);
    const report = await embedFiles(encoder, folder, {
      out,
      onProgress: ({ done, total }) => {
        if (done < total / 2) half = Math.max(half, process.memoryUsage.rss());
      },
    });
    clearInterval(watch);
    loop.disable();
    if (report.rows !== files.length || report.embedded !== files.length) {
      throw new Error(`${report.embedded} of ${files.length} pictures were embedded.`);
    }
    delays.p99.push(loop.percentile(99) / 1e6);
    delays.max.push(loop.max / 1e6);
    memory.half.push(half / 2 ** 20);
    memory.end.push(most / 2 ** 20);
  };
  try {
    // The first round warms compiler, threads and the cache of files, and is not kept.
    for (let round = 0; round <= rounds; round++) {
      const turns = [
        () => timed(OURS, ours),
        () => timed('sharp decode', () => decodeAll(files)),
        ...(python ? [() => timed('pytorch', () => python.ask(1))] : []),
      ];
      if (round % 2 === 1) turns.reverse();
      for (const turn of turns) await turn();
      if (round === 0) {
        for (const values of [...times.values(), ...Object.values(delays)]) values.length = 0;
        for (const values of Object.values(memory)) values.length = 0;
      }
    }
  } finally {
    await python?.stop();
  }
  const name = `${files.length.toLocaleString('en')} PNG of ${SIDE} × ${SIDE} to Parquet`;
  return [
    row(name, 'ms a picture', OURS, times),
    row(`${name}: event loop blocked, 99 %`, 'ms', OURS, new Map([[OURS, delays.p99]])),
    row(`${name}: event loop blocked, longest`, 'ms', OURS, new Map([[OURS, delays.max]])),
    row(
      `${name}: memory at most, all of it beside the first half`,
      'MiB',
      OURS,
      new Map([
        [OURS, memory.end],
        ['first half', memory.half],
      ]),
    ),
  ];
}
