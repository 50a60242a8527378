import type { WorkOptions, WorkReport } from '@latentkit/queue';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { EXIT } from '../exit-codes.ts';
import { Exit } from '../failure.ts';
import { displayPath, formatCount, formatDuration } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { DEVICES, deviceOf } from '../model/model-options.ts';
import { loadQueue } from '../optional/load-queue.ts';
import { parseInteger } from '../options.ts';
import { parseSeconds } from './parse-seconds.ts';

interface WorkFlags
  extends Pick<WorkOptions, 'redis' | 'queue' | 'concurrency' | 'threads' | 'drain' | 'maxStalls'> {
  readonly device?: string;
  readonly rate?: number;
  readonly grace?: number;
  readonly lock?: number;
  readonly json?: boolean;
}

export function addQueueWork(queue: Command, io: Io): Command {
  const command = queue
    .command('work')
    .description('Embed shards of the queue, until SIGTERM or Ctrl-C; what was begun is finished.')
    .option('--drain', 'end when nothing is left to do, with 1 where shards were set aside or lost')
    .option('--concurrency <n>', 'shards at the same time (default: 1)', parseInteger)
    .option('--device <name,…>', 'where to run: auto, cpu, cuda, webgpu, … (default: auto)')
    .option('--threads <n>', 'threads within one operator', parseInteger)
    .option('--rate <n>', 'shards a minute at most, of all workers together', parseInteger)
    .option(
      '--grace <s>',
      'seconds to finish in before shards are given back (default: 20)',
      parseSeconds(0),
    )
    .option('--lock <s>', 'seconds until a worker counts as gone (default: 30)', parseSeconds(0.1))
    .option('--max-stalls <n>', 'workers that may die of a shard (default: 5)', parseInteger)
    .action((flags: WorkFlags) =>
      interruptible(io, 'Ending when the shards that were begun are done.', (signal) =>
        work(flags, signal, io),
      ),
    );
  return offerValues(command, { '--device': DEVICES });
}

const MINUTE = 60_000;

async function work(
  { device, rate, grace, lock, json, ...flags }: WorkFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { workShards } = await loadQueue();
  const told = oncePerReason(io);
  const report = await workShards({
    ...flags,
    ...{ device: deviceOf(device), signal },
    graceMs: grace === undefined ? undefined : Math.round(1000 * grace),
    lockMs: lock === undefined ? undefined : Math.round(1000 * lock),
    rate: rate === undefined ? undefined : { shards: rate, perMs: MINUTE },
    onShard: ({ shard, part, rows, embedded, leftOut, seconds }) => {
      const speed = embedded > 0 ? ` (${formatCount(Math.round(embedded / seconds))}/s)` : '';
      const bad = leftOut > 0 ? `, ${formatPlural(leftOut, 'file')} left out` : '';
      io.err(`${shard}: ${displayPath(part)}, ${formatPlural(rows, 'row')}${bad}${speed}`);
    },
    onError: (error, shard) =>
      told(shard === undefined ? error.message : `${shard}: ${error.message}`),
  });
  io.out(json ? JSON.stringify(report, null, 2) : summaryOf(report));
  // What follows by && counts on all parts.
  if (flags.drain && report.setAside + report.lost > 0) throw new Exit(EXIT.failure);
}

function summaryOf(report: WorkReport): string {
  const { shards, embedded, failed, setAside, givenBack, lost, seconds } = report;
  const more = [
    failed > 0 ? `, ${formatPlural(failed, 'attempt')} failed` : '',
    setAside > 0 ? `, ${formatCount(setAside)} set aside` : '',
    givenBack > 0 ? `, ${formatCount(givenBack)} given back` : '',
    lost > 0 ? `, ${formatCount(lost)} lost by Redis` : '',
  ];
  return `${formatPlural(shards, 'shard')} done, ${formatPlural(embedded, 'picture')} embedded in ${formatDuration(seconds)}${more.join('')}`;
}

/** The same message follows itself once: a Redis that is away says so several times a second. */
function oncePerReason(io: Io): (message: string) => void {
  let last = '';
  return (message) => {
    if (message === last) return;
    last = message;
    io.err(`error: ${message}`);
  };
}
