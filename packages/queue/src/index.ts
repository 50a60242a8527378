export { type AddOptions, type AddReport, addShards } from './add-shards.ts';
export type { QueueAddress } from './queue-address.ts';
export {
  type ActiveShard,
  type QueueStatus,
  queueStatus,
  type SetAsideShard,
  type StatusOptions,
} from './queue-status.ts';
export type { ShardReport } from './work/embed-shard.ts';
export { type WorkOptions, type WorkReport, workShards } from './work/work-shards.ts';
