import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LatentkitError } from '@latentkit/core';
import { checkObject } from '@latentkit/core/runtime';
import { isPacked, type Split } from '@latentkit/data';
import { BatchMaker, type BatchPlan, type StepBatch } from './batch-maker.ts';

/** The batches of the steps `from` to `to` of a run. */
export interface BatchWork {
  readonly split: Split;
  readonly plan: BatchPlan;
  readonly from: number;
  readonly to: number;
}

/** Gives one batch after the other. */
export interface BatchSource {
  /** The batch of the next step; its memory is used again from the next call on. */
  next(): Promise<StepBatch>;
  close(): Promise<void>;
}

/** Batches that are made ahead: one in use, one ready, one being made. */
const AHEAD = 3;

/** Cores that a runtime's own threads keep busy. With no more, a thread for the batches would slow the steps. */
const COMPUTING = 2;

/**
 * A split with its items in memory that threads share, so that a thread can make the batches from
 * where they are; as it is, on a machine without a core to spare for that: there the threads of ONNX
 * Runtime would spin while they wait for the one whose core was taken.
 */
export function withSharedItems(split: Split, cores = availableParallelism()): Split {
  checkSplit(split);
  const { images } = split;
  if (cores <= COMPUTING || isPacked(images)) return split;
  const shared = new Float32Array(new SharedArrayBuffer(images.byteLength));
  shared.set(images);
  return { ...split, images: shared };
}

/**
 * Batches made ahead on a thread of their own, off the path of the steps, where the items are shared;
 * or when they are asked for, where they are not, or the thread's file was left behind by a bundler. The
 * batches are the same.
 */
export function openBatchSource(work: BatchWork): BatchSource {
  checkObject('work', work);
  checkSplit(work.split);
  const shared = canShare(work.split, availableParallelism());
  const file = shared ? workerFile() : undefined;
  return file === undefined ? new BatchesOnDemand(work) : new BatchesAhead(work, file);
}

/** @throws ArgumentError */
function checkSplit(split: Split): void {
  checkObject('split', split);
  checkObject('split.images', split.images);
}

/** Packed items lie where any thread can read them; others have been shared or not. */
function canShare({ images }: Split, cores: number): boolean {
  if (isPacked(images)) return cores > COMPUTING;
  return images.buffer instanceof SharedArrayBuffer;
}

class BatchesOnDemand implements BatchSource {
  readonly #maker: BatchMaker;
  readonly #memory: ArrayBuffer;
  #step: number;

  constructor({ split, plan, from }: BatchWork) {
    this.#maker = new BatchMaker(split, plan);
    this.#memory = this.#maker.allocate();
    this.#step = from;
  }

  async next(): Promise<StepBatch> {
    return this.#maker.fill(this.#step++, this.#memory);
  }

  async close(): Promise<void> {}
}

class BatchesAhead implements BatchSource {
  readonly #worker: Worker;
  readonly #maker: BatchMaker;
  readonly #ready: ArrayBuffer[] = [];
  #step: number;
  #inUse: ArrayBuffer | undefined;
  #waiting: { resolve(memory: ArrayBuffer): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  constructor(work: BatchWork, file: string) {
    this.#maker = new BatchMaker(work.split, work.plan);
    this.#step = work.from;
    // The flags of the process (loaders, inspectors) are none of the thread's business.
    this.#worker = new Worker(file, { name: 'latentkit-batches', workerData: work, execArgv: [] });
    this.#worker.on('message', (memory: ArrayBuffer) => {
      if (this.#waiting) this.#waiting.resolve(memory);
      else this.#ready.push(memory);
      this.#waiting = undefined;
    });
    this.#worker.on('error', (cause) => this.#fail(`failed: ${cause.message}`, cause));
    this.#worker.on('exit', (code) => this.#fail(`ended with code ${code}`));
    for (let i = 0; i < AHEAD; i++) this.#give(this.#maker.allocate());
  }

  async next(): Promise<StepBatch> {
    if (this.#inUse) this.#give(this.#inUse);
    this.#inUse = undefined;
    const memory = this.#ready.shift() ?? (await this.#wait());
    this.#inUse = memory;
    return this.#maker.view(this.#step++, memory);
  }

  async close(): Promise<void> {
    this.#waiting = undefined;
    await this.#worker.terminate();
  }

  #give(memory: ArrayBuffer): void {
    this.#worker.postMessage(memory, [memory]);
  }

  #wait(): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else this.#waiting = { resolve, reject };
    });
  }

  #fail(how: string, cause?: Error): void {
    this.#failure ??= new LatentkitError(
      'runtime',
      `The thread that makes the batches ${how}. Resume the run from its checkpoint.`,
      { cause },
    );
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}

/** The compiled thread: beside this code in the package, in dist when this file is a source (tests). */
function workerFile(): string | undefined {
  return ['./batch-worker.mjs', '../../../dist/batch-worker.mjs']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((file) => existsSync(file));
}
