import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { datasetOf } from '@latentkit/data';
import { resolveConfig, type TrainConfig } from '../settings/config.ts';
import { codeOf, errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../testing.ts';
import type { TrainEvent } from './events.ts';
import { loadCheckpoint, saveCheckpoint } from './folder/checkpoint.ts';
import { LOG_FILE } from './folder/run-log.ts';
import { type ResumeConfig, resumeTraining, train } from './train.ts';

const logOf = (runDir: string) =>
  readFileSync(join(runDir, LOG_FILE), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The log's figures alone: times differ from run to run, and what is made of them; a resumed run says that it was. */
const curveOf = (runDir: string) =>
  logOf(runDir)
    .filter(({ type }) => type === 'step' || type === 'epoch')
    .map(({ seconds, imagesPerSecond, check, ...figures }) => figures);

afterAll(removeTemporaryFolders);

describe('train', () => {
  test('trains, tells of it in order, and writes a checkpoint and a log', async () => {
    const runDir = join(temporaryFolder(), 'deep', 'run');
    const events: TrainEvent[] = [];
    const result = await train(smallRun(runDir), { onEvent: (event) => events.push(event) });

    expect(result.reason).toBe('finished');
    expect(result.step).toBe(10);
    expect(result.history.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 5],
      [2, 10],
    ]);
    const [first, last] = [result.history[0], result.history[1]];
    expect(last?.train.loss).toBeLessThan(first?.train.loss as number);
    expect(last?.test.loss).toBeLessThan(first?.test.loss as number);
    expect(last?.test.kl).toBeGreaterThan(0);

    const epoch = ['step', 'step', 'step', 'step', 'step', 'checkpoint', 'epoch'];
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'checkpoint',
      ...epoch,
      ...epoch,
      'end',
    ]);
    const start = events[0] as Extract<TrainEvent, { type: 'start' }>;
    expect(start).toMatchObject({
      stepsPerEpoch: 5,
      totalSteps: 10,
      trainCount: 120,
      resumedAtStep: 0,
    });
    expect(start.engine.reason).toMatch(/WebAssembly/);
    const parameters = 784 * 16 + 16 + 2 * (16 * 3 + 3) + 3 * 16 + 16 + 16 * 784 + 784;
    expect(start.parameters).toBe(parameters);
    const step = events[3] as Extract<TrainEvent, { type: 'step' }>;
    expect(step).toMatchObject({ epoch: 1, step: 2, stepInEpoch: 2 });
    expect(step.imagesPerSecond).toBeGreaterThan(0);
    expect(step.secondsLeft).toBeGreaterThan(0);
    // The epoch's mean weighs the last, smaller batch (20 of 25 items) by its size.
    const batches = events.filter((event) => event.type === 'step').slice(0, 5);
    const mean =
      batches.reduce((sum, { batch }, i) => sum + (batch?.loss ?? 0) * (i === 4 ? 20 : 25), 0) /
      120;
    expect(first?.train.loss).toBeCloseTo(mean, 8);

    const log = logOf(runDir);
    expect(log.map(({ type }) => type)).toEqual(['start', 'epoch', 'step', 'epoch']);
    expect(log[1]).toMatchObject({ ...first });
    expect((await loadCheckpoint(runDir)).progress.history).toEqual(result.history);
  });

  test('the seed decides the losses', async () => {
    const history = async (seed: number) =>
      (await train(smallRun(temporaryFolder(), { seed, epochs: 1 }))).history;
    const first = await history(1);
    expect(await history(1)).toEqual(first);
    expect(await history(2)).not.toEqual(first);
  });

  test('with the Gaussian likelihood the loss falls too', async () => {
    const changes = { likelihood: 'gaussian', epochs: 4, learningRate: 5e-3 } as const;
    const { history } = await train(smallRun(temporaryFolder(), changes));
    expect(history[3]?.test.loss).toBeLessThan((history[0]?.test.loss as number) - 5);
  });

  test('a folder that holds a run is left alone unless overwriting is asked for', async () => {
    const runDir = temporaryFolder();
    const { history } = await train(smallRun(runDir, { epochs: 1 }));
    const error = await errorOf(() => train(smallRun(runDir, { seed: 5 })));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(/resume/);
    expect((await loadCheckpoint(runDir)).progress.history).toEqual(history);
    const again = await train(smallRun(runDir, { seed: 5, epochs: 1 }), { overwrite: true });
    expect(again.history).not.toEqual(history);
    expect(logOf(runDir).filter(({ type }) => type === 'epoch')).toHaveLength(1);
  });

  test('settings and folders are checked before any work', async () => {
    const blocked = join(temporaryFolder(), 'file');
    writeFileSync(blocked, 'in the way');
    const events: TrainEvent[] = [];
    const hooks = { onEvent: (event: TrainEvent) => events.push(event) };
    expect(await codeOf(() => train(smallRun(join(blocked, 'run')), hooks))).toBe('unwritable');
    const runDir = join(temporaryFolder(), 'run');
    expect(await codeOf(() => train(smallRun(runDir, { latentSize: 0 }), hooks))).toBe(
      'invalid-argument',
    );
    expect(await codeOf(() => train(smallRun(runDir, { data: 'nope' as 'mnist' }), hooks))).toBe(
      'invalid-argument',
    );
    expect(await codeOf(() => train(smallRun(runDir, { backend: 'nope' as 'cpu' }), hooks))).toBe(
      'invalid-argument',
    );
    expect(existsSync(runDir)).toBe(false);
    expect(events).toEqual([]);
  });

  test('what fails before the first step leaves no folder behind, and one that was there stays', async () => {
    const [made, there] = [join(temporaryFolder(), 'made'), temporaryFolder()];
    for (const runDir of [made, there]) {
      const data = { name: 'files', dataDir: join(runDir, '../none') } as const;
      expect(await codeOf(() => train({ ...smallRun(runDir), data }))).toBe('not-found');
    }
    expect([existsSync(made), existsSync(there)]).toEqual([false, true]);
  });

  test('what fails before the first checkpoint leaves no log behind', async () => {
    const runDir = join(temporaryFolder(), 'made');
    const onEvent = ({ type }: TrainEvent) => {
      if (type === 'start') throw new Error('no room');
    };
    await expect(train(smallRun(runDir), { onEvent })).rejects.toThrow('no room');
    expect(existsSync(runDir)).toBe(false);
  });

  test('of a hundred steps and more in an epoch, the terms of the first and of every tenth are computed', async () => {
    const data = { name: 'strokes' as const, trainCount: 510, testCount: 20 };
    const runDir = temporaryFolder();
    const steps: Extract<TrainEvent, { type: 'step' }>[] = [];
    const run = smallRun(runDir, { data, batchSize: 5, epochs: 2 });
    const { history } = await train(run, {
      onEvent: (event) => {
        if (event.type === 'step') steps.push(event);
      },
    });
    expect(steps).toHaveLength(204);
    const reported = steps.filter(({ batch }) => batch);
    const tens = Array.from({ length: 20 }, (_, i) => 10 * (i + 1));
    const expected = [1, ...tens, 103].sort((a, b) => a - b);
    expect(reported.map(({ step }) => step)).toEqual(expected);
    const second = reported.filter(({ epoch }) => epoch === 2).map(({ batch }) => batch?.loss ?? 0);
    const mean = second.reduce((sum, loss) => sum + loss, 0) / second.length;
    expect(history[1]?.train.loss).toBeCloseTo(mean, 8);
    expect(steps.at(-1)?.mean.loss).toBeCloseTo(mean, 8);
    const lines = logOf(runDir).filter(({ type }) => type === 'step');
    expect(lines.map(({ step }) => step)).toEqual(tens);
  });

  test('what becomes of the settings, or of an event, once it has begun changes nothing', async () => {
    const whole = await train(smallRun(temporaryFolder(), { hiddenSizes: [16, 8] }));
    const hiddenSizes = [16, 8];
    const data = { name: 'strokes' as const, trainCount: 120, testCount: 30 };
    const config = smallRun(temporaryFolder(), { hiddenSizes, data });
    const training = train(config, {
      onEvent: (event) => {
        if (event.type === 'start') {
          Object.assign(event.config, { epochs: 9, learningRate: 1 });
          (event.config.hiddenSizes as number[]).push(5);
          (event.config.channels as number[]).push(5);
        }
        if (event.type === 'step') Object.assign(event.batch as object, { loss: 0 });
        if (event.type === 'epoch') Object.assign(event.record.test, { loss: 0 });
      },
    });
    hiddenSizes.push(3);
    data.trainCount = 7;
    Object.assign(config, { epochs: 9 });
    const { history, config: used } = await training;
    expect(history).toEqual(whole.history);
    expect(used.hiddenSizes).toEqual([16, 8]);
    expect(resolveConfig({ runDir: 'x' }).channels).toEqual(whole.config.channels);
  });

  test('a run that diverges stops with advice and keeps the last good checkpoint', async () => {
    const runDir = temporaryFolder();
    const error = await errorOf(() => train(smallRun(runDir, { learningRate: 1e30, epochs: 5 })));
    expect(error.code).toBe('diverged');
    expect(error.message).toMatch(/at step \d+.*learning rate/s);
    const { state } = await loadCheckpoint(runDir);
    for (const { data } of state.values()) expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe('resumeTraining', () => {
  const epochs = 3;

  test.each([3, 5, 8])('stopped at step %i, it goes on to the same losses', async (stopAt) => {
    const whole = temporaryFolder();
    const expected = await train(smallRun(whole, { epochs }));
    const runDir = temporaryFolder();
    const controller = new AbortController();
    const stopped = await train(smallRun(runDir, { epochs }), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === stopAt) controller.abort();
      },
    });
    expect(stopped).toMatchObject({ reason: 'aborted', step: stopAt });
    const events: TrainEvent[] = [];
    const resumed = await resumeTraining({ runDir }, { onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({
      type: 'start',
      resumedAtStep: stopAt,
      engine: { name: 'tfjs', backend: 'wasm' },
    });
    expect(resumed.history).toEqual(expected.history);
    expect((await loadCheckpoint(runDir)).state).toEqual((await loadCheckpoint(whole)).state);
    expect(curveOf(runDir)).toEqual(curveOf(whole));
  });

  test('a finished run goes on to more epochs, as if they had been asked for at once', async () => {
    const whole = await train(smallRun(temporaryFolder(), { epochs: 2 }));
    const runDir = temporaryFolder();
    await train(smallRun(runDir, { epochs: 1 }));
    const { history, config } = await resumeTraining({ runDir, epochs: 2 });
    expect(history).toEqual(whole.history);
    expect(config.epochs).toBe(2);
    expect((await resumeTraining({ runDir })).history).toEqual(whole.history);
  });

  test('refuses a folder without a run, and data that are others', async () => {
    const runDir = temporaryFolder();
    expect(await codeOf(() => resumeTraining({ runDir }))).toBe('not-found');
    await train(smallRun(runDir, { epochs: 1 }));
    const saved = await loadCheckpoint(runDir);
    const dataProvenance = saved.dataProvenance.replace('generated, seed 1', 'generated, seed 2');
    await saveCheckpoint({ ...saved, dataProvenance });
    const error = await errorOf(() => resumeTraining({ runDir, epochs: 2 }));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(/seed 2.*now generated, seed 1/);
  });
});

test('the data of a run that loads its own are refused, whatever they are', async () => {
  const { runDir } = await train(smallRun(temporaryFolder(), { epochs: 1 }));
  const own = datasetOf({ images: new Uint8Array(20 * 784), itemShape: [28, 28, 1] });
  for (const data of [own, 42, {}, null]) {
    const error = await errorOf(() => resumeTraining({ runDir, epochs: 2, data: data as never }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(/^data: expected none with data strokes, which the run in/);
  }
});

test('an option of training or going on whose name is misspelt is refused', async () => {
  const runDir = temporaryFolder();
  for (const [call, name] of [
    [() => train({ runDir, epoch: 1 } as TrainConfig), 'epochs'],
    [() => train(smallRun(runDir), { onevent: () => {} } as object), 'onEvent'],
    [() => resumeTraining({ runDir, epoch: 1 } as ResumeConfig), 'epochs'],
    [() => resumeTraining({ runDir }, { onevent: () => {} } as object), 'onEvent'],
  ] as const) {
    expect(await errorOf(call)).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(`^options: expected '${name}' or '`),
    });
  }
});
