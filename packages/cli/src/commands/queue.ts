import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { addQueueAdd } from '../queue/add.ts';
import { addQueueStatus } from '../queue/status.ts';
import { addQueueWork } from '../queue/work.ts';

const EXAMPLES = `
Examples:
  latentkit queue add models/mine ./photos --out parts       shards of 2,000 pictures, once
  latentkit queue work --drain                               here, there, on ten machines: until all is done
  latentkit queue status                                     how far it is, what was set aside, and why
  latentkit embed merge parts --out vectors.parquet          one file, when no part is missing

The queue is one of BullMQ in a Redis, such as 'redis-server --appendonly yes': --redis, or LATENTKIT_REDIS, says
which. All workers have to reach model, pictures and parts under the same paths. Workers and Redis may end at any
time; what they were at is done again. A shard that fails at every try is set aside with its reason: 'queue work --drain'
then ends with exit code 1, and to add the source again takes it up, or clears it. Needs the package @latentkit/queue: npm install @latentkit/queue`;

export function addQueue(program: Command, io: Io): void {
  const queue = program
    .command('queue')
    .summary('embed on many machines, by a queue in Redis')
    .description('Embed on many machines: shards of a source on a queue in Redis, and workers.')
    .addHelpText('after', EXAMPLES);
  for (const add of [addQueueAdd, addQueueWork, addQueueStatus]) {
    add(queue, io)
      .addOption(
        new Option('--redis <url>', 'where the queue is (default: redis://localhost:6379)').env(
          'LATENTKIT_REDIS',
        ),
      )
      .option('--queue <name>', 'which queue of that Redis (default: latentkit)')
      .option('--json', 'print what came of it as JSON');
  }
}
