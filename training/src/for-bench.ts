/** What the benchmarks of this repository measure beside what users have. It may change with any version. */

export { openCompiled } from './engines/open-compiled.ts';
export type { BatchPlan, StepBatch } from './run/batches/batch-maker.ts';
export {
  type BatchSource,
  type BatchWork,
  openBatchSource,
  withSharedItems,
} from './run/batches/batch-source.ts';
export { takeStep } from './run/take-step.ts';
