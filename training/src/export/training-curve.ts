import type { WholeCard } from '@latentkit/core';
import { checkObject } from '@latentkit/core/runtime';
import type { Terms } from '../engines/engine.ts';
import { readVerified } from '../judge/model-folder.ts';
import type { EpochRecord } from '../run/events.ts';

/** The file beside a card that holds how the training went. */
export const TRAINING_FILE = 'training.json';

/** The contents of `training.json`: the mean terms of each epoch, in nats an item. */
export interface TrainingCurve {
  readonly format: 1;
  readonly epochs: readonly {
    readonly epoch: number;
    /** Steps since the start of the run. */
    readonly step: number;
    /** On the training items, while the weights changed, of what was minimised. */
    readonly train: Terms;
    /** On the validation items after the epoch, with β = 1, where they told the best epoch. */
    readonly validation?: Terms;
    /** On the test items after the epoch, with β = 1. */
    readonly test: Terms;
    /** What the epoch took by the clock; absent where the run's log does not say. */
    readonly seconds?: number;
  }[];
}

/** @param seconds of epochs, by their number */
export function trainingCurve(
  history: readonly EpochRecord[],
  seconds: ReadonlyMap<number, number>,
): TrainingCurve {
  const epochs = history.map(({ epoch, step, train, validation, test }) => {
    const took = seconds.get(epoch);
    return {
      epoch,
      step,
      train: shortened(train),
      ...(validation ? { validation: shortened(validation) } : {}),
      test: shortened(test),
      ...(took === undefined ? {} : { seconds: Number(took.toFixed(2)) }),
    };
  });
  return { format: 1, epochs };
}

/** What all epochs took; undefined where that of any is not known. */
export function totalSeconds({ epochs }: TrainingCurve): number | undefined {
  let total = 0;
  for (const { seconds } of epochs) {
    if (seconds === undefined) return undefined;
    total += seconds;
  }
  return epochs.length > 0 ? Math.round(total) : undefined;
}

/** Single precision computes no more digits than these. */
function shortened({ loss, reconstruction, kl }: Terms): Terms {
  const short = (value: number) => Number(value.toPrecision(7));
  return { loss: short(loss), reconstruction: short(reconstruction), kl: short(kl) };
}

/** One epoch a line. */
export function curveText({ format, epochs }: TrainingCurve): string {
  const lines = epochs.map((epoch) => JSON.stringify(epoch));
  return `{"format":${format},"epochs":[\n${lines.join(',\n')}\n]}\n`;
}

/**
 * How the training of an exported model went; undefined where its card does not say.
 *
 * @throws ArgumentError; LatentkitError `not-found`, IntegrityError
 */
export async function readTrainingCurve(
  modelDir: string,
  card: Pick<WholeCard, 'training'>,
): Promise<TrainingCurve | undefined> {
  checkObject('card', card, 'the card of a model');
  const { training } = card;
  if (!training) return undefined;
  const bytes = await readVerified(modelDir, training);
  return JSON.parse(new TextDecoder().decode(bytes)) as TrainingCurve;
}
