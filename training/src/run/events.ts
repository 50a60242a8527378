import type { LoadProgress, PrepareProgress } from '@latentkit/data';
import type { FoundData } from '../data/load-dataset.ts';
import type { ChosenEngine } from '../engines/choose-engine.ts';
import type { Terms } from '../engines/engine.ts';
import type { ResolvedConfig } from '../settings/config.ts';

/** What one pass over the training data came to. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Steps since the start of the run. */
  readonly step: number;
  /** Means over the epoch's training items, as they were met; in epochs of a hundred steps and more, over every tenth batch. */
  readonly train: Terms;
  /** Likewise over the validation items, where they tell the best epoch. */
  readonly validation?: Terms | undefined;
  /** Means over the test items after the epoch, with β = 1 whatever the objective. */
  readonly test: Terms;
}

export type TrainEvent =
  /** Data are being fetched; only where something is downloaded. */
  | { readonly type: 'data'; readonly progress: LoadProgress }
  | { readonly type: 'prepare'; readonly progress: PrepareProgress }
  | ({ readonly type: 'found' } & FoundData)
  /** Epochs were fitted to a time budget: before the first step, and where they turn out to take another time. */
  | {
      readonly type: 'fit';
      /** Epochs of the run in all. */
      readonly epochs: number;
      /** What one takes. */
      readonly epochSeconds: number;
      /** What is left of the budget. */
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'start';
      readonly config: ResolvedConfig;
      readonly engine: ChosenEngine;
      /** Trainable numbers of the model. */
      readonly parameters: number;
      readonly trainCount: number;
      readonly testCount: number;
      /** Items that are not trained on, and tell the best epoch and when to stop; fewer than 16 tell neither. */
      readonly validationCount: number;
      readonly stepsPerEpoch: number;
      readonly totalSteps: number;
      /** Steps that a checkpoint had behind it; 0 for a new run. */
      readonly resumedAtStep: number;
    }
  | {
      readonly type: 'step';
      /** From 1. */
      readonly epoch: number;
      /** Steps since the start of the run, this one included. */
      readonly step: number;
      readonly stepInEpoch: number;
      readonly stepsPerEpoch: number;
      readonly totalSteps: number;
      /**
       * Of this batch; undefined where they were not computed: in epochs of a hundred steps and more those of every tenth
       * step are, and of the first.
       */
      readonly batch: Terms | undefined;
      /** Over the batches of the epoch so far whose terms were computed. */
      readonly mean: Terms;
      readonly imagesPerSecond: number;
      /** To the end of the run, at the speed so far. */
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'epoch';
      readonly record: EpochRecord;
      readonly epochs: number;
      /** Spent on this epoch in this process, test included. */
      readonly seconds: number;
      readonly imagesPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'checkpoint';
      readonly path: string;
      readonly epoch: number;
      readonly step: number;
    }
  | { readonly type: 'end'; readonly reason: 'finished' | 'aborted'; readonly step: number };
