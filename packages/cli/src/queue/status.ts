import type { QueueAddress } from '@latentkit/queue';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { formatCount, formatDuration } from '../format.ts';
import type { Io } from '../io.ts';
import { loadQueue } from '../optional/load-queue.ts';

interface StatusFlags extends QueueAddress {
  readonly json?: boolean;
}

export function addQueueStatus(queue: Command, io: Io): Command {
  return queue
    .command('status')
    .description('Say how far the queue is: shards, throughput, and what was set aside, and why.')
    .action((flags: StatusFlags) => status(flags, io));
}

async function status({ json, ...address }: StatusFlags, io: Io): Promise<void> {
  const { queueStatus } = await loadQueue();
  const now = await queueStatus(address);
  if (json) {
    io.out(JSON.stringify(now, null, 2));
    return;
  }
  const { waiting, active, delayed, done, setAside, workers, imagesPerSecond, secondsLeft } = now;
  const left = !secondsLeft ? '' : `, ${formatDuration(secondsLeft)} left`;
  io.out(
    [
      `${formatPlural(done, 'shard')} done`,
      `${formatCount(active)} at work`,
      `${formatCount(waiting)} waiting`,
      ...(delayed > 0 ? [`${formatCount(delayed)} to be tried again`] : []),
      ...(setAside > 0 ? [`${formatCount(setAside)} set aside`] : []),
    ].join(', '),
  );
  io.out(
    `${formatPlural(workers, 'worker')}, ${formatCount(Math.round(imagesPerSecond))} pictures/s${left}`,
  );
  for (const { shard, progress } of now.activeShards) {
    if (!progress) continue;
    const { done: behind, total } = progress;
    io.out(`  ${shard}: ${formatCount(behind)} of ${formatCount(total)}`);
  }
  for (const { shard, reason, attempts } of now.setAsideShards) {
    io.out(`  ${shard} was set aside after ${formatPlural(attempts, 'attempt')}: ${reason}`);
  }
}
