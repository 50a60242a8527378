import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BatchMaker } from './batch-maker.ts';
import type { BatchWork } from './batch-source.ts';

/** Fills each piece of memory that it is sent with the next batch, and sends it back. */
const { split, plan, from, to } = workerData as BatchWork;
const port = parentPort as MessagePort;
const maker = new BatchMaker(split, plan);
let step = from;
port.on('message', (memory: ArrayBuffer) => {
  if (step > to) return;
  maker.fill(step, memory);
  step++;
  port.postMessage(memory, [memory]);
});
