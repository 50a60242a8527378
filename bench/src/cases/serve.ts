import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../machine.ts';
import { resnetEncoder } from '../networks/resnet-encoder.ts';
import { writeEncoder } from '../networks/write-encoder.ts';
import { Participant, startAll } from '../participants/participant.ts';
import { type Report, type Row, row } from '../report.ts';

/**
 * Embedding with a residual encoder of 64 × 64 items over HTTP beside calls of the same process: the server is pinned to
 * one core and its 64 clients, in one process, to another; the direct calls are pinned to the server's core, on one
 * compute thread as the server's. In turns, since both use that core.
 */
const SERVED = 'served';
const DIRECT = 'in process';
const SIDE = 64;
const CLIENTS = 64;
/** The most rows of a batch of the server, and the rows of a direct call. */
export const BATCH = 64;
const ROUNDS = 5;
/** Rows of a request, and the items of a turn: some seconds of work, and for every client something to do. */
const CASES = [
  { perRequest: 1, items: 1024 },
  { perRequest: 32, items: 2048 },
];

export async function run({ rounds = ROUNDS }: { rounds?: number | undefined }): Promise<Report> {
  if (availableParallelism() < 2) throw new Error('This needs two cores: one is for the clients.');
  const scratch = await mkdtemp(join(tmpdir(), 'latentkit-bench-'));
  try {
    const folder = join(scratch, 'resnet');
    await writeEncoder(folder, resnetEncoder(SIDE));
    const rows: Row[] = [];
    for (const each of CASES) rows.push(...(await compare(folder, each, rounds)));
    return { name: 'serve', machine: machine(), rows };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function compare(
  folder: string,
  { perRequest, items }: (typeof CASES)[number],
  rounds: number,
): Promise<Row[]> {
  const worker = fileURLToPath(new URL('../participants/serve-worker.ts', import.meta.url));
  const pinned = (who: string, core: number) =>
    new Participant(who, 'taskset', [
      ...['-c', String(core), process.execPath, ...process.execArgv, worker],
      ...[who, folder, String(SIDE), String(BATCH), String(CLIENTS), String(perRequest)],
    ]);
  const all = [pinned(SERVED, 1), pinned(DIRECT, 0)];
  try {
    await startAll(all, [SERVED, DIRECT], {});
    const figures = ['perSecond', 'p50', 'p99', 'batch'] as const;
    const series = Object.fromEntries(
      figures.map((figure) => [figure, new Map(all.map(({ name }) => [name, [] as number[]]))]),
    ) as Record<(typeof figures)[number], Map<string, number[]>>;
    // The first turn warms up, is shorter, and is not kept.
    for (let round = 0; round <= rounds; round++) {
      for (const participant of round % 2 ? all : [...all].reverse()) {
        const answer = await participant.ask(round === 0 ? items / 4 : items);
        if (round === 0) continue;
        for (const figure of figures) {
          series[figure].get(participant.name)?.push(answer[figure] as number);
        }
      }
    }
    const what = `${CLIENTS} clients, ${perRequest} rows a request`;
    return [
      row(`${what}: throughput`, 'items a second, more is better', SERVED, series.perSecond),
      row(`${what}: p50 of a request, beside a call of ${BATCH} rows`, 'ms', SERVED, series.p50),
      row(`${what}: p99 of a request, beside a call of ${BATCH} rows`, 'ms', SERVED, series.p99),
      row(`${what}: rows of a batch, on the average`, 'rows', SERVED, series.batch),
    ];
  } finally {
    for (const participant of all) await participant.stop();
  }
}
