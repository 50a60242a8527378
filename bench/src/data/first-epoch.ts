import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@latentkit/core';
import { Participant } from '../participants/participant.ts';
import { type PictureSet, writePictures } from '../pictures.ts';
import { type Row, row } from '../report.ts';

/**
 * From a folder of pictures, of which nothing is prepared, to the last whole batch of the first epoch: the standard resnet
 * beside the same network in tuned PyTorch, each alone on the machine in a process of its own.
 */
export async function firstEpoch(
  folder: string,
  { count, rounds, python, absent }: FirstEpochOptions,
): Promise<Row> {
  const set: PictureSet = { count, width: 64, height: 64, format: 'png' };
  const train = join(folder, 'pictures', 'train');
  await writePictures(train, set);
  // What is said to be for testing leaves all others to train on.
  await writePictures(join(folder, 'pictures', 'test'), { ...set, count: BATCH });
  const settings = {
    data: {
      name: 'files',
      dataDir: join(folder, 'pictures'),
      image: '64x64',
      validationShare: 0,
    },
    architecture: 'resnet',
    batchSize: BATCH,
    epochs: 1,
    augment: 'none',
  };
  const starters = [
    () => trainer(OURS, join(folder, 'ours'), settings),
    () => {
      const script = fileURLToPath(new URL('../../peers/train_epoch.py', import.meta.url));
      return new Participant(PEER, python, [script, 'resnet', String(BATCH), train, PEER]);
    },
  ];
  const steps = Math.floor(count / BATCH);
  const times = new Map<string, number[]>();
  const random = createRandom(count);
  for (let round = 0; round < rounds; round++) {
    for (const start of random.shuffle([...starters])) {
      const participant = start();
      try {
        const reason = await participant.start();
        if (reason === undefined) {
          const { ms } = await participant.ask(steps);
          const before = times.get(participant.name) ?? [];
          times.set(participant.name, [...before, ((ms as number) * steps) / 1000]);
        } else if (participant.name === OURS) throw new Error(`${OURS}: ${reason}`);
        else absent[participant.name] ??= reason;
      } finally {
        await participant.stop();
      }
    }
  }
  return row(`first epoch of the standard resnet on ${count} PNG 64 × 64`, 's', OURS, times);
}

const OURS = 'ours';
const PEER = 'pytorch-tuned';
const BATCH = 64;

export interface FirstEpochOptions {
  /** Pictures to train on. */
  readonly count: number;
  readonly rounds: number;
  /** The command that is Python with torch and pillow. */
  readonly python: string;
  /** Where it is noted why a peer takes no part. */
  readonly absent: Record<string, string>;
}

/** Ours, to train with settings. */
export function trainer(name: string, folder: string, settings: object): Participant {
  const worker = fileURLToPath(
    new URL('../participants/train-pictures-worker.ts', import.meta.url),
  );
  const args = [...process.execArgv, worker, folder, JSON.stringify(settings)];
  return new Participant(name, process.execPath, args);
}
