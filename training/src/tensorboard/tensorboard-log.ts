import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import type { Terms } from '../engines/engine.ts';
import { type EventFile, openEventFile } from './event-file.ts';
import { logFolder } from './log-folder.ts';

/** What a run tells TensorBoard. Steps are those since the start of the run. */
export interface TensorboardLog {
  /** A training step: its terms, and what the schedules gave it. */
  step(step: number, terms: Terms, schedules: { rate: number; beta: number }): Promise<void>;
  /** An epoch: the means of its terms, by the items that they are of, and its speed. */
  epoch(
    step: number,
    means: { train: Terms; test: Terms; validation?: Terms | undefined },
    imagesPerSecond: number,
  ): Promise<void>;
  close(): Promise<void>;
}

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * Opens the logs of a run below a folder, as `<name of the run>/train`, `…/validation` and `…/test`: scalars of the
 * same name then lie over each other in one chart. Runs whose folders are called the same have logs of their own.
 *
 * @param fromStep of a run that is resumed: what was logged after it is cut off, since those steps are run again
 * @throws LatentkitError `unwritable`
 */
export async function openTensorboardLog(
  folder: string,
  runDir: string,
  fromStep: number,
): Promise<TensorboardLog> {
  const files = new Map<string, EventFile>();
  let own: string | undefined;
  const fileOf = async (part: (typeof PARTS)[number]) => {
    const known = files.get(part);
    if (known) return known;
    own ??= await logFolder(folder, runDir, fromStep > 0);
    const opened = await openEventFile(join(own, part), fromStep);
    files.set(part, opened);
    return opened;
  };
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    // Validation is logged where there is such; cut off what is there in any case.
    for (const part of fromStep > 0 ? PARTS : (['train', 'test'] as const)) await fileOf(part);
  } catch (cause) {
    await close();
    throw new LatentkitError(
      'unwritable',
      `The logs for TensorBoard cannot be written to ${folder}: ${(cause as Error).message}. Name another folder.`,
      { cause },
    );
  }
  return {
    async step(step, terms, { rate, beta }) {
      const file = await fileOf('train');
      await file.add(step, {
        ...named('step', terms),
        'step/learning_rate': rate,
        'step/beta': beta,
      });
    },
    async epoch(step, means, imagesPerSecond) {
      for (const part of PARTS) {
        const terms = means[part];
        if (!terms) continue;
        const speed = part === 'train' ? { 'epoch/images_per_second': imagesPerSecond } : {};
        await (await fileOf(part)).add(step, { ...named('epoch', terms), ...speed });
      }
    },
    close,
  };
}

function named(of: string, { loss, reconstruction, kl }: Terms): Record<string, number> {
  return {
    [`${of}/loss`]: loss,
    [`${of}/reconstruction`]: reconstruction,
    [`${of}/kl`]: kl,
  };
}
