import { createRandom } from '@latentkit/core';
import {
  type Augmentation,
  augmentBatch,
  gatherItems,
  type ItemForm,
  itemSizeOf,
  type Split,
} from '@latentkit/data';
import { binariseInPlace } from '../../data/binarise.ts';
import { epochOrder, fillStepNoise, oneHotLabels, stepsPerEpoch } from './batches.ts';

/** What a run's batches depend on, beside the items. */
export interface BatchPlan {
  readonly batchSize: number;
  readonly seed: number;
  /** How items are varied each time they are met; not at all where it is left out. */
  readonly augment?: { readonly how: Augmentation; readonly form: ItemForm } | undefined;
  /** Whether values are drawn to 0 or 1 each time an item is met. */
  readonly binarise: boolean;
  /** Labels of a conditional model; 0 otherwise. */
  readonly classes: number;
  /** Standard normal numbers that each item needs. */
  readonly noiseSize: number;
}

/** What a step is given, apart from the numbers of the schedules. */
export interface StepBatch {
  /** [n × item size] */
  readonly items: Float32Array;
  /** [n × classes], one-hot, where there are classes. */
  readonly labels: Float32Array | undefined;
  /** [n × noiseSize] */
  readonly noise: Float32Array;
}

/** Makes the batch of any step: a function of the items, the plan and the step's number alone. */
export class BatchMaker {
  readonly #split: Split;
  readonly #plan: BatchPlan;
  readonly #itemSize: number;
  readonly #stepsPerEpoch: number;
  /** Of the epoch that was asked for last. */
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  constructor(split: Split, plan: BatchPlan) {
    this.#split = split;
    this.#plan = plan;
    this.#itemSize = itemSizeOf(split);
    this.#stepsPerEpoch = stepsPerEpoch(split, plan.batchSize);
  }

  /** Memory for the largest batch. */
  allocate(): ArrayBuffer {
    const { batchSize, classes, noiseSize } = this.#plan;
    const rows = Math.min(batchSize, this.#split.count);
    return new ArrayBuffer(4 * rows * (this.#itemSize + classes + noiseSize));
  }

  /** The batch of a step, counted from 1, that {@link fill} wrote. */
  view(step: number, memory: ArrayBuffer): StepBatch {
    const { classes, noiseSize } = this.#plan;
    const count = Math.min(this.#plan.batchSize, this.#split.count - this.#start(step));
    const sizes = [this.#itemSize, classes, noiseSize].map((size) => size * count);
    const [items, labels, noise] = sizes.map((length, i) => {
      const before = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      return new Float32Array(memory, 4 * before, length);
    }) as [Float32Array, Float32Array, Float32Array];
    return { items, labels: classes > 0 ? labels : undefined, noise };
  }

  fill(step: number, memory: ArrayBuffer): StepBatch {
    const { seed, augment, binarise, classes } = this.#plan;
    const { labels } = this.#split;
    const batch = this.view(step, memory);
    const indices = this.#indices(step);
    gatherItems(this.#split, indices, batch.items);
    if (augment) augmentBatch(batch.items, augment.form, augment.how, seed, step);
    if (binarise) binariseInPlace(batch.items, createRandom(seed, `binarise/${step}`));
    if (batch.labels) {
      const chosen = Uint16Array.from(indices, (index) => labels[index] as number);
      oneHotLabels(chosen, classes, batch.labels);
    }
    fillStepNoise(batch.noise, seed, step);
    return batch;
  }

  /** Where the items of a step begin in the order of their epoch. */
  #start(step: number): number {
    return ((step - 1) % this.#stepsPerEpoch) * this.#plan.batchSize;
  }

  #indices(step: number): Uint32Array {
    const epoch = Math.ceil(step / this.#stepsPerEpoch);
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, indices: epochOrder(this.#split.count, this.#plan.seed, epoch) };
    }
    const from = this.#start(step);
    return this.#order.indices.subarray(from, from + this.#plan.batchSize);
  }
}
