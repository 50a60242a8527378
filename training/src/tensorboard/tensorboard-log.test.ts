import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { resumeTraining, train } from '../run/train.ts';
import { errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import { decodeEvent, type ScalarEvent } from './event.ts';
import { EVENT_FILE, openEventFile } from './event-file.ts';
import { RUN_FILE } from './log-folder.ts';
import { decodeRecords } from './records.ts';

afterAll(removeTemporaryFolders);

const eventsIn = (folder: string): ScalarEvent[] =>
  [...decodeRecords(readFileSync(join(folder, EVENT_FILE)))].map(({ data }) => decodeEvent(data));

/** Step and scalars; when they were written, and how fast, is another each time. */
const figuresIn = (folder: string) =>
  eventsIn(folder).map(({ step, scalars: { 'epoch/images_per_second': _, ...scalars } }) => ({
    step,
    scalars,
  }));

describe('the logs of a run', () => {
  test('hold what it went through, in float32', async () => {
    const [runDir, tensorboard] = [temporaryFolder(), temporaryFolder()];
    const { history, step } = await train(
      smallRun(runDir, { epochs: 4, tensorboard, rateSchedule: 'cosine' }),
    );
    expect(step).toBe(20);
    const logs = join(tensorboard, basename(runDir));
    const [first, ...rest] = eventsIn(join(logs, 'train'));
    expect(first).toMatchObject({ step: 0, fileVersion: 'brain.Event:2' });
    expect(rest.map(({ step, scalars }) => [step, Object.keys(scalars)[0]])).toEqual([
      [5, 'epoch/loss'],
      [10, 'step/loss'],
      [10, 'epoch/loss'],
      [15, 'epoch/loss'],
      [20, 'step/loss'],
      [20, 'epoch/loss'],
    ]);
    expect(rest[1]?.scalars['step/learning_rate']).toBeCloseTo(
      0.0005 * (1 + Math.cos((Math.PI * 9) / 20)),
      8,
    );
    expect(rest[1]?.scalars['step/beta']).toBe(1);
    expect(rest[5]?.scalars['epoch/images_per_second']).toBeGreaterThan(0);
    const tests = eventsIn(join(logs, 'test')).slice(1);
    expect(tests.map(({ scalars }) => scalars)).toEqual(
      history.map(({ test: { loss, reconstruction, kl } }) => ({
        'epoch/loss': Math.fround(loss),
        'epoch/reconstruction': Math.fround(reconstruction),
        'epoch/kl': Math.fround(kl),
      })),
    );
    const now = Date.now() / 1000;
    for (const { wallTime } of rest) expect(Math.abs(now - wallTime)).toBeLessThan(60);
    expect(existsSync(join(logs, 'validation'))).toBe(false);
  });

  test('go on where the run does, with no step twice and none missing', async () => {
    const [whole, runDir, tensorboard] = [0, 1, 2].map(() => temporaryFolder()) as string[];
    await train(smallRun(whole as string, { epochs: 5, tensorboard }));
    const controller = new AbortController();
    await train(smallRun(runDir as string, { epochs: 5, tensorboard }), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 12) controller.abort();
      },
    });
    const folder = join(tensorboard as string, basename(runDir as string));
    // What a killed process leaves: an event after its checkpoint, and half of another.
    const file = await openEventFile(join(folder, 'train'), 12);
    await file.add(20, { 'step/loss': 1 });
    await file.close();
    appendFileSync(join(folder, 'train', EVENT_FILE), Uint8Array.of(1, 2, 3));
    await resumeTraining({ runDir: runDir as string });
    for (const part of ['train', 'test']) {
      expect(figuresIn(join(folder, part))).toEqual(
        figuresIn(join(tensorboard as string, basename(whole as string), part)),
      );
    }
  });

  test('are each run’s own where the folders of runs are called the same', async () => {
    const tensorboard = temporaryFolder();
    const [a, b, c] = [0, 1, 2].map(() => join(temporaryFolder(), 'run')) as [
      string,
      string,
      string,
    ];
    const stepsOf = (name: string) => figuresIn(join(tensorboard, name, 'test')).map((e) => e.step);
    await train(smallRun(a, { epochs: 3, tensorboard }));
    const first = figuresIn(join(tensorboard, 'run', 'train'));
    await Promise.all([b, c].map((run) => train(smallRun(run, { epochs: 1, tensorboard }))));
    expect(readdirSync(tensorboard).sort()).toEqual(['run', 'run-2', 'run-3']);
    expect(figuresIn(join(tensorboard, 'run', 'train'))).toEqual(first);
    expect([stepsOf('run-2'), stepsOf('run-3')]).toEqual([
      [0, 5],
      [0, 5],
    ]);
    // Each goes on in its own, one that was moved included, and one that begins anew begins them anew.
    const own = ['run-2', 'run-3'].find(
      (name) => readFileSync(join(tensorboard, name, RUN_FILE), 'utf8') === `${b}\n`,
    ) as string;
    await resumeTraining({ runDir: b, epochs: 2 });
    expect(stepsOf(own)).toEqual([0, 5, 10]);
    const moved = join(temporaryFolder(), 'run');
    renameSync(a, moved);
    await resumeTraining({ runDir: moved, epochs: 4 });
    expect(stepsOf('run')).toEqual([0, 5, 10, 15, 20]);
    await train(smallRun(moved, { epochs: 1, tensorboard }), { overwrite: true });
    expect(stepsOf('run')).toEqual([0, 5]);
    // Logs of a time when no run was named in them.
    rmSync(join(tensorboard, 'run', RUN_FILE));
    await resumeTraining({ runDir: moved, epochs: 2 });
    expect(stepsOf('run')).toEqual([0, 5, 10]);
    expect(readdirSync(tensorboard)).toHaveLength(3);
  });

  test('are refused where no folder can be', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'in the way');
    const error = await errorOf(() => train(smallRun(temporaryFolder(), { tensorboard: file })));
    expect(error.code).toBe('unwritable');
    expect(error.message).toMatch(/TensorBoard cannot be written to .*Name another folder/);
  });
});

test('a record with a byte turned ends what is read', async () => {
  const folder = temporaryFolder();
  const file = await openEventFile(folder, 0);
  for (const step of [1, 2, 3]) await file.add(step, { loss: step });
  await file.close();
  expect(eventsIn(folder).map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  const path = join(folder, EVENT_FILE);
  const bytes = readFileSync(path);
  const ends = [...decodeRecords(bytes)].map(({ end }) => end);
  for (const [at, kept] of [
    [(ends[1] as number) + 1, [0, 1]],
    [(ends[1] as number) + 20, [0, 1]],
    [(ends[2] as number) - 1, [0, 1]],
    [bytes.length - 1, [0, 1, 2]],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 1;
    writeFileSync(path, damaged);
    expect(eventsIn(folder).map(({ step }) => step)).toEqual(kept);
  }
});
