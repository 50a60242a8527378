import type { AddOptions } from '@latentkit/queue';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { displayPath, formatCount } from '../format.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadQueue } from '../optional/load-queue.ts';
import { parseFolder, parseInteger } from '../options.ts';

interface AddFlags
  extends Pick<
    AddOptions,
    'redis' | 'queue' | 'out' | 'shardItems' | 'score' | 'condition' | 'attempts'
  > {
  readonly batch?: number;
  readonly json?: boolean;
}

export function addQueueAdd(queue: Command, io: Io): Command {
  return queue
    .command('add')
    .description(
      'Cut a source into shards, and put these into the queue. Again: adds what is missing.',
    )
    .argument('<model>', "a folder that 'latentkit export' wrote, or a URL, for all workers")
    .argument('<source...>', 'folders, globs, lists, archives or arrays of pictures')
    .requiredOption(
      '-o, --out <folder>',
      'where the parts go, a .parquet for each shard',
      parseFolder,
    )
    .option('--shard-items <n>', 'pictures of a shard (default: 2000)', parseInteger)
    .option('--score', 'add the ELBO of each picture, in nats (seed 0)')
    .option('--condition <label>', 'the label of all pictures, for a conditional model')
    .option('--batch <n>', 'pictures that are encoded together (default: 128)', parseInteger)
    .option('--attempts <n>', 'tries before a shard is set aside (default: 5)', parseInteger)
    .action((model: string, sources: string[], flags: AddFlags) =>
      interruptible(io, 'Stopping; what was added stays in the queue.', (signal) =>
        add(model, sources, flags, signal, io),
      ),
    );
}

async function add(
  model: string,
  sources: readonly string[],
  { json, batch, ...flags }: AddFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { addShards } = await loadQueue();
  const report = await addShards({ ...flags, model, sources, batchSize: batch, signal });
  if (json) {
    io.out(JSON.stringify(report, null, 2));
    return;
  }
  const { shards, added, again, cleared, items, out } = report;
  const others = shards - added;
  const before = others > 0 ? `, ${formatCount(others)} there before` : '';
  const taken = again > 0 ? ` (${formatCount(again)} of them again)` : '';
  const former = cleared > 0 ? `, ${formatCount(cleared)} set aside before cleared` : '';
  io.out(
    `${formatPlural(shards, 'shard')} of ${formatPlural(items, 'picture')} for ${displayPath(out)}: ${formatCount(added)} added${taken}${before}${former}`,
  );
}
